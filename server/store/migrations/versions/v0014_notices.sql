CREATE TABLE alert_recheck (
	id BIGINT GENERATED ALWAYS AS IDENTITY, 
	project_id UUID NOT NULL, 
	asked_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	next_at TIMESTAMP WITH TIME ZONE DEFAULT '-infinity' NOT NULL, 
	attempts INTEGER DEFAULT 0 NOT NULL, 
	PRIMARY KEY (id)
)
-- next
CREATE INDEX alert_recheck_project ON alert_recheck (project_id)
-- next
COMMENT ON INDEX alert_recheck_project IS 'who asked for this project'
-- next
CREATE TABLE notice_outbox (
	id BIGINT GENERATED ALWAYS AS IDENTITY, 
	events JSONB NOT NULL, 
	made_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	next_at TIMESTAMP WITH TIME ZONE DEFAULT '-infinity' NOT NULL, 
	attempts INTEGER DEFAULT 0 NOT NULL, 
	error TEXT, 
	PRIMARY KEY (id)
)
-- next
CREATE INDEX notice_outbox_due ON notice_outbox (next_at, id)
-- next
COMMENT ON INDEX notice_outbox_due IS 'what is to be told now'
-- next
CREATE TABLE notice_told (
	person_id UUID NOT NULL, 
	name TEXT NOT NULL, 
	told_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	PRIMARY KEY (person_id, name)
)
-- next
CREATE INDEX notice_told_at ON notice_told (told_at)
-- next
COMMENT ON INDEX notice_told_at IS 'what was told so long ago that it will not come up again'
-- next
CREATE TABLE notice_day (
	project_id UUID NOT NULL, 
	deadlines DATE, 
	digest DATE, 
	PRIMARY KEY (project_id)
)
