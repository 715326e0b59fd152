ALTER TABLE session ADD COLUMN prove_by TIMESTAMP WITH TIME ZONE
-- next
COMMENT ON COLUMN session.prove_by IS 'when it ends unless a one-time code was shown in it'
-- next
CREATE INDEX session_prove_by ON session (prove_by) WHERE ended_at IS NULL
-- next
COMMENT ON INDEX session_prove_by IS 'which open sessions are to end for want of a code'
