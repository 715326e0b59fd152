CREATE TABLE permission (
	one BOOLEAN NOT NULL CONSTRAINT permission_single CHECK (one),
	version BIGINT DEFAULT 1 NOT NULL,
	overrides JSON NOT NULL,
	everywhere TEXT[] NOT NULL,
	finance TEXT[] NOT NULL,
	leaders TEXT[] NOT NULL,
	changed_at TIMESTAMP WITH TIME ZONE,
	changed_by UUID,
	PRIMARY KEY (one)
)
-- next
INSERT INTO permission (one, overrides, everywhere, finance, leaders) VALUES (
    true, '{}',
    '{accountant,administrator,auditor,manager}',
    '{accountant,administrator,auditor,manager,supervisor}',
    '{accountant,administrator,auditor,manager,supervisor}'
)
-- next
ALTER TABLE rejection ADD COLUMN scopes TEXT[] DEFAULT '{}' NOT NULL
-- next
CREATE INDEX rejection_scopes ON rejection USING gin (scopes)
-- next
COMMENT ON INDEX rejection_scopes IS 'what was refused in the projects that someone leads'
-- next
GRANT USAGE ON SCHEMA public TO derrick_reader
-- next
-- Who reads: set by the server within the transaction (SET LOCAL), and nobody without it.
CREATE FUNCTION reader_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT nullif(current_setting('derrick.person', true), '')::uuid
$$
-- next
-- The functions below see all rows, being the owner's; each tells of the reader alone. A policy
-- calls them in a sub-select, so that they run once for a statement, not once for a row.
CREATE FUNCTION reader_role() RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT role FROM person WHERE id = reader_id() AND coalesce(active, true) AND NOT deleted
$$
-- next
CREATE FUNCTION reader_kinds() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN me.role IS NULL THEN '{}' ELSE '{org}'::text[] END
        || CASE WHEN me.role = ANY (everywhere) THEN '{project}'::text[] ELSE '{}' END
        || CASE WHEN me.role = ANY (everywhere) AND me.role = ANY (finance)
            THEN '{finance}'::text[] ELSE '{}' END
        || CASE WHEN me.role = ANY (everywhere) AND me.role = ANY (leaders)
            THEN '{leads}'::text[] ELSE '{}' END
    FROM permission, (SELECT reader_role()) AS me (role)
$$
-- next
CREATE FUNCTION reader_projects(kind text) RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(member.project_id), '{}')
    FROM member, permission, (SELECT reader_role()) AS me (role)
    WHERE member.person_id = reader_id() AND NOT member.deleted
        AND me.role <> ALL (permission.everywhere)
        AND CASE kind WHEN 'project' THEN true
            WHEN 'finance' THEN member.role = ANY (permission.finance)
            WHEN 'leads' THEN member.role = ANY (permission.leaders) END
        AND NOT EXISTS (SELECT FROM project WHERE id = member.project_id AND deleted)
$$
-- next
CREATE FUNCTION reader_scopes() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT ARRAY(
        SELECT kind || ':' || project
        FROM unnest('{project,finance}'::text[]) AS kind, unnest(reader_projects(kind)) AS project
        UNION ALL SELECT 'user:' || reader_id() WHERE reader_role() IS NOT NULL
    )
$$
-- next
CREATE FUNCTION reader_scope_ids() RETURNS bigint[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT ARRAY(
        SELECT id FROM scope
        WHERE split_part(name, ':', 1) = ANY ((SELECT reader_kinds())::text[])
            OR name = ANY ((SELECT reader_scopes())::text[])
    )
$$
-- next
CREATE FUNCTION reader_leads() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT ARRAY(
        SELECT kind || ':' || project
        FROM unnest('{project,finance}'::text[]) AS kind, unnest(reader_projects('leads')) AS project
    )
$$
-- next
-- The rule of a synced table, for this and later migrations: rows of `kind` scopes, whose project
-- `key` names.
CREATE FUNCTION reading_rule(kind text, key text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE kind WHEN 'org' THEN '(SELECT reader_role()) IS NOT NULL'
        ELSE format('(SELECT %L = ANY (reader_kinds())) OR %I = ANY ((SELECT reader_projects(%L))::uuid[])',
            kind, key, kind) END
$$
-- next
-- Closes a table to everyone but its owner (and the server's role, see server.store.migration), and
-- lets derrick_reader read the rows that a rule names.
CREATE FUNCTION protect_table(name regclass, rule text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('ALTER TABLE %s FORCE ROW LEVEL SECURITY', name);
    EXECUTE format('CREATE POLICY trusted ON %s TO %I USING (true) WITH CHECK (true)',
        name, current_user);
    EXECUTE format('CREATE POLICY readable ON %s FOR SELECT TO derrick_reader USING (%s)',
        name, rule);
    EXECUTE format('GRANT SELECT ON %s TO derrick_reader', name);
END $$
-- next
SELECT protect_table(name, reading_rule('org', 'id'))
FROM unnest('{person,site,exchange_rate}'::regclass[]) AS name
-- next
SELECT protect_table('project', reading_rule('project', 'id'))
-- next
SELECT protect_table(name, reading_rule('project', 'project_id'))
FROM unnest('{member,calendar,resource,task,task_link,assignment,comment,daily_report,expense}'::regclass[])
    AS name
-- next
SELECT protect_table(name, reading_rule('finance', 'project_id'))
FROM unnest('{budget,budget_line}'::regclass[]) AS name
-- next
SELECT protect_table('alert', format('CASE scope_kind WHEN %L THEN %s WHEN %L THEN %s END',
    'project', reading_rule('project', 'project_id'),
    'finance', reading_rule('finance', 'project_id')))
-- next
SELECT protect_table('scope', 'id = ANY ((SELECT reader_scope_ids())::bigint[])')
-- next
SELECT protect_table('conflict', 'scope_id = ANY ((SELECT reader_scope_ids())::bigint[])')
-- next
SELECT protect_table('rejection', 'person_id = (SELECT reader_id())
    OR (SELECT ''leads'' = ANY (reader_kinds()))
    OR (scopes <> ''{}'' AND scopes <@ (SELECT reader_leads())::text[])')
-- next
SELECT protect_table('replica', 'person_id = (SELECT reader_id())
    OR (SELECT ''leads'' = ANY (reader_kinds()))')
-- next
-- The merge COPYs into change_log, which PostgreSQL refuses on a table with row-level security: the
-- reader has no right on that table, and sees it through this view alone.
CREATE VIEW readable_change_log WITH (security_barrier) AS
    SELECT * FROM change_log WHERE scope_id = ANY ((SELECT reader_scope_ids())::bigint[])
-- next
GRANT SELECT ON readable_change_log TO derrick_reader
-- next
-- Whose device a change came from is told with the change; what waits on it, and when it was last
-- seen, is not.
CREATE VIEW device_name AS SELECT id, person_id, name FROM replica
    WHERE (SELECT reader_role()) IS NOT NULL
-- next
GRANT SELECT ON device_name TO derrick_reader
