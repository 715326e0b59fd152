CREATE TABLE report_order (
	id UUID NOT NULL,
	project_id UUID NOT NULL,
	person_id UUID NOT NULL,
	report TEXT NOT NULL,
	format TEXT NOT NULL,
	language TEXT NOT NULL,
	asked JSONB NOT NULL,
	state TEXT DEFAULT 'waiting' NOT NULL CONSTRAINT report_order_state_known CHECK (state IN ('waiting', 'running', 'done', 'failed')),
	progress INTEGER DEFAULT 0 NOT NULL,
	rows BIGINT,
	document_id UUID,
	error TEXT,
	tries INTEGER DEFAULT 0 NOT NULL,
	made_at TIMESTAMP WITH TIME ZONE NOT NULL,
	next_at TIMESTAMP WITH TIME ZONE NOT NULL,
	finished_at TIMESTAMP WITH TIME ZONE,
	PRIMARY KEY (id)
)
-- next
CREATE INDEX report_order_due ON report_order (next_at) WHERE state IN ('waiting', 'running')
-- next
COMMENT ON INDEX report_order_due IS 'which report is made next'
-- next
CREATE INDEX report_order_person ON report_order (person_id, made_at)
-- next
COMMENT ON INDEX report_order_person IS 'the reports that this person ordered, newest first'
