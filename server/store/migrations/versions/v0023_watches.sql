CREATE TABLE watch (
	person_id UUID NOT NULL,
	id UUID NOT NULL,
	subject_scope TEXT NOT NULL,
	subject_table TEXT NOT NULL,
	subject_id UUID NOT NULL,
	deleted BOOLEAN DEFAULT false NOT NULL,
	PRIMARY KEY (person_id, id),
	CONSTRAINT watch_subject_table_known CHECK (subject_table IN ('budget_request', 'client_invoice', 'daily_report', 'document', 'expense', 'follow_up', 'incident', 'payment', 'permit', 'punch_item', 'purchase_order', 'supplier_invoice'))
)
-- next
CREATE INDEX watch_subject_id ON watch (person_id, subject_id)
-- next
COMMENT ON INDEX watch_subject_id IS 'whether I watch this'
-- next
CREATE INDEX watch_watched ON watch (subject_id) WHERE NOT deleted
-- next
COMMENT ON INDEX watch_watched IS 'who watches what a merge changed'
-- next
SELECT protect_table('watch', 'person_id = (SELECT reader_id()) AND (SELECT reader_role()) IS NOT NULL')
-- next
CREATE TABLE watch_check (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	person_id UUID NOT NULL,
	asked_at TIMESTAMP WITH TIME ZONE NOT NULL,
	next_at TIMESTAMP WITH TIME ZONE DEFAULT '-infinity' NOT NULL,
	attempts INTEGER DEFAULT 0 NOT NULL,
	PRIMARY KEY (id)
)
-- next
CREATE INDEX watch_check_person ON watch_check (person_id)
-- next
COMMENT ON INDEX watch_check_person IS 'who asked for this person'
-- next
COMMENT ON TABLE watch_check IS 'Whose watches may be on what they may not read any more.'
