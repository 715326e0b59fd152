CREATE TABLE activity (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	kind TEXT NOT NULL,
	person_id UUID,
	actor_id UUID,
	project_id UUID,
	device_id UUID,
	address TEXT,
	detail JSONB DEFAULT '{}'::jsonb NOT NULL,
	PRIMARY KEY (id)
)
-- next
CREATE INDEX activity_at ON activity (at)
-- next
COMMENT ON INDEX activity_at IS 'what a period holds, and what is past it'
-- next
CREATE INDEX activity_kind ON activity (kind, id)
-- next
COMMENT ON INDEX activity_kind IS 'all events of a kind, newest first'
-- next
CREATE INDEX activity_person ON activity (person_id, id)
-- next
COMMENT ON INDEX activity_person IS 'what concerns this person, newest first'
-- next
CREATE INDEX activity_project ON activity (project_id, id)
-- next
COMMENT ON INDEX activity_project IS 'what happened in this project, newest first'
-- next
COMMENT ON INDEX task_external_id IS 'which task is this activity of the schedule'
