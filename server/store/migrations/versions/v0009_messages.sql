ALTER TABLE message_outbox
	ADD COLUMN words JSONB,
	ADD COLUMN once TEXT,
	ADD COLUMN attempts INTEGER DEFAULT 0 NOT NULL,
	ADD COLUMN next_at TIMESTAMP WITH TIME ZONE DEFAULT '-infinity' NOT NULL,
	ADD COLUMN given_up_at TIMESTAMP WITH TIME ZONE,
	ADD COLUMN error TEXT,
	ADD CONSTRAINT message_outbox_once UNIQUE (once)
-- next
DROP INDEX message_outbox_waiting
-- next
CREATE INDEX message_outbox_due ON message_outbox (next_at, id)
	WHERE sent_at IS NULL AND given_up_at IS NULL
-- next
COMMENT ON INDEX message_outbox_due IS 'what is to be sent now'
