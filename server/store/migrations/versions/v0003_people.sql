ALTER TABLE person ADD COLUMN time_zone TEXT
-- next
ALTER TABLE person ADD COLUMN photo TEXT
-- next
CREATE TABLE credential (
	person_id UUID NOT NULL,
	login TEXT NOT NULL,
	password_hash TEXT NOT NULL,
	password_changed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	PRIMARY KEY (person_id),
	CONSTRAINT credential_login UNIQUE (login)
)
-- next
CREATE TABLE one_time_code (
	person_id UUID NOT NULL,
	secret BYTEA NOT NULL,
	last_step BIGINT DEFAULT 0 NOT NULL,
	made_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	confirmed_at TIMESTAMP WITH TIME ZONE,
	PRIMARY KEY (person_id)
)
-- next
CREATE TABLE recovery_code (
	person_id UUID NOT NULL,
	digest BYTEA NOT NULL,
	used_at TIMESTAMP WITH TIME ZONE,
	PRIMARY KEY (person_id, digest)
)
-- next
CREATE TABLE role_requirement (
	role TEXT NOT NULL,
	one_time_codes BOOLEAN NOT NULL,
	PRIMARY KEY (role)
)
-- next
CREATE TABLE invitation (
	id UUID NOT NULL,
	form TEXT NOT NULL,
	digest BYTEA NOT NULL,
	login TEXT NOT NULL,
	name TEXT NOT NULL,
	role TEXT NOT NULL,
	language TEXT,
	projects JSONB NOT NULL,
	invited_by UUID,
	made_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	tries_left INTEGER NOT NULL,
	accepted_at TIMESTAMP WITH TIME ZONE,
	person_id UUID,
	withdrawn_at TIMESTAMP WITH TIME ZONE,
	PRIMARY KEY (id)
)
-- next
CREATE UNIQUE INDEX invitation_digest ON invitation (digest)
-- next
COMMENT ON INDEX invitation_digest IS 'which invitation is this link'
-- next
CREATE INDEX invitation_open ON invitation (login) WHERE accepted_at IS NULL AND withdrawn_at IS NULL
-- next
COMMENT ON INDEX invitation_open IS 'is this login invited, and by which code'
-- next
CREATE TABLE password_reset (
	id UUID NOT NULL,
	person_id UUID NOT NULL,
	form TEXT NOT NULL,
	digest BYTEA NOT NULL,
	made_by UUID,
	made_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
	tries_left INTEGER NOT NULL,
	used_at TIMESTAMP WITH TIME ZONE,
	PRIMARY KEY (id),
	CONSTRAINT password_reset_person_form UNIQUE (person_id, form)
)
-- next
CREATE UNIQUE INDEX password_reset_digest ON password_reset (digest)
-- next
COMMENT ON INDEX password_reset_digest IS 'which reset is this link'
-- next
CREATE TABLE login_brake (
	account BYTEA NOT NULL,
	source TEXT NOT NULL,
	failures INTEGER NOT NULL,
	last_at TIMESTAMP WITH TIME ZONE NOT NULL,
	next_at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (account, source)
)
 WITH (fillfactor = 50)
-- next
CREATE INDEX login_brake_last ON login_brake (last_at)
-- next
COMMENT ON INDEX login_brake_last IS 'which brakes are forgotten'
-- next
CREATE TABLE person_photo (
	person_id UUID NOT NULL,
	digest TEXT NOT NULL,
	media_type TEXT NOT NULL,
	body BYTEA NOT NULL,
	PRIMARY KEY (person_id)
)
-- next
CREATE TABLE message_outbox (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	kind TEXT NOT NULL,
	login TEXT NOT NULL,
	language TEXT,
	secret BYTEA,
	made_at TIMESTAMP WITH TIME ZONE NOT NULL,
	expires_at TIMESTAMP WITH TIME ZONE,
	sent_at TIMESTAMP WITH TIME ZONE,
	PRIMARY KEY (id)
)
-- next
CREATE INDEX message_outbox_login ON message_outbox (login, made_at)
-- next
COMMENT ON INDEX message_outbox_login IS 'was a message sent to this login a moment ago'
-- next
CREATE INDEX message_outbox_waiting ON message_outbox (id) WHERE sent_at IS NULL
-- next
COMMENT ON INDEX message_outbox_waiting IS 'what is still to be sent, oldest first'
