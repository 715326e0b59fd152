ALTER TABLE replica ADD COLUMN device_id UUID
-- next
CREATE INDEX replica_device ON replica (device_id)
-- next
COMMENT ON INDEX replica_device IS 'the replicas on a device'
-- next
COMMENT ON INDEX replica_person IS 'the replicas of a person'
-- next
CREATE TABLE signing_key (
	kid TEXT NOT NULL,
	algorithm TEXT NOT NULL,
	public BYTEA NOT NULL,
	sealed BYTEA NOT NULL,
	made_at TIMESTAMP WITH TIME ZONE NOT NULL,
	signs_from TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (kid)
)
-- next
CREATE TABLE device (
	id UUID NOT NULL,
	name TEXT NOT NULL,
	platform TEXT DEFAULT '' NOT NULL,
	app_version TEXT DEFAULT '' NOT NULL,
	registered_at TIMESTAMP WITH TIME ZONE NOT NULL,
	registered_by UUID NOT NULL,
	replaces UUID,
	last_seen_at TIMESTAMP WITH TIME ZONE NOT NULL,
	revoked_at TIMESTAMP WITH TIME ZONE,
	revoked_by UUID,
	wipe_requested_at TIMESTAMP WITH TIME ZONE,
	wiped_at TIMESTAMP WITH TIME ZONE,
	PRIMARY KEY (id)
)
-- next
CREATE TABLE device_person (
	device_id UUID NOT NULL,
	person_id UUID NOT NULL,
	first_at TIMESTAMP WITH TIME ZONE NOT NULL,
	last_at TIMESTAMP WITH TIME ZONE NOT NULL,
	pin_set_at TIMESTAMP WITH TIME ZONE,
	pin_reset_at TIMESTAMP WITH TIME ZONE,
	pin_reset_by UUID,
	PRIMARY KEY (device_id, person_id),
	FOREIGN KEY(device_id) REFERENCES device (id)
)
-- next
CREATE INDEX device_person_person ON device_person (person_id)
-- next
COMMENT ON INDEX device_person_person IS 'the devices that a person works on'
-- next
CREATE TABLE session (
	id UUID NOT NULL,
	person_id UUID NOT NULL,
	device_id UUID NOT NULL,
	method TEXT NOT NULL,
	address TEXT,
	opened_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE,
	refreshed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	refresh_digest BYTEA NOT NULL,
	generation BIGINT DEFAULT 0 NOT NULL,
	confirmed BIGINT DEFAULT 0 NOT NULL,
	rotations BIGINT[] DEFAULT '{}'::bigint[] NOT NULL,
	ended_at TIMESTAMP WITH TIME ZONE,
	end_reason TEXT,
	PRIMARY KEY (id),
	FOREIGN KEY(device_id) REFERENCES device (id)
)
 WITH (fillfactor = 70)
-- next
CREATE INDEX session_device ON session (device_id) WHERE ended_at IS NULL
-- next
COMMENT ON INDEX session_device IS 'the open sessions on a device'
-- next
CREATE INDEX session_person ON session (person_id, opened_at)
-- next
COMMENT ON INDEX session_person IS 'the sessions of a person, newest first'
-- next
CREATE TABLE person_sign_out (
	person_id UUID NOT NULL,
	before TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (person_id)
)
-- next
CREATE TABLE held_change_set (
	replica TEXT NOT NULL,
	counter BIGINT NOT NULL,
	person_id UUID NOT NULL,
	device_id UUID,
	received_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	decision TEXT,
	decided_at TIMESTAMP WITH TIME ZONE,
	decided_by UUID,
	released_as TEXT,
	released_counter BIGINT,
	outcome JSON,
	PRIMARY KEY (replica, counter),
	FOREIGN KEY(replica, counter) REFERENCES rejection (replica, counter)
)
-- next
CREATE INDEX held_change_set_open ON held_change_set (received_at) WHERE outcome IS NULL AND decision IS DISTINCT FROM 'discard'
-- next
COMMENT ON INDEX held_change_set_open IS 'what waits for a supervisor, oldest first'
-- next
CREATE FUNCTION end_sessions_of_leaver() RETURNS trigger
LANGUAGE plpgsql SET search_path = public AS $$
BEGIN
    UPDATE session SET ended_at = now(), end_reason = 'deactivated'
    WHERE person_id = NEW.id AND ended_at IS NULL;
    RETURN NULL;
END $$
-- next
CREATE TRIGGER person_leaves AFTER INSERT OR UPDATE ON person
FOR EACH ROW WHEN (NEW.deleted OR NEW.active IS FALSE)
EXECUTE FUNCTION end_sessions_of_leaver()
