CREATE INDEX activity_actor ON activity (actor_id, id)
-- next
COMMENT ON INDEX activity_actor IS 'what this person did to others, newest first'
-- next
-- The record is append-only: the server's role has no right to change or delete (see
-- server.store.migration). What is past its time goes through this function alone, and nothing
-- younger than a month goes through it either: who has the server's password cannot wipe his traces.
CREATE FUNCTION purge_activity(before timestamp with time zone) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = public, pg_temp AS $$
    WITH gone AS (
        DELETE FROM activity WHERE at < least(before, now() - interval '30 days') RETURNING 1
    )
    SELECT count(*) FROM gone
$$
-- next
REVOKE EXECUTE ON FUNCTION purge_activity(timestamp with time zone) FROM PUBLIC
-- next
SELECT protect_table('activity', 'person_id = (SELECT reader_id())
    OR (SELECT reader_role() = ANY (''{administrator,auditor}''))
    OR (project_id IS NOT NULL AND (SELECT ''leads'' = ANY (reader_kinds())))
    OR project_id = ANY ((SELECT reader_projects(''leads''))::uuid[])')
