CREATE TABLE document (
	home_id UUID NOT NULL, 
	id UUID NOT NULL, 
	scope_kind TEXT NOT NULL, 
	project_id UUID NOT NULL, 
	folder_id UUID, 
	title TEXT NOT NULL, 
	category TEXT, 
	description TEXT, 
	status TEXT, 
	tags TEXT[], 
	taken_at BIGINT, 
	latitude_microdegrees BIGINT, 
	longitude_microdegrees BIGINT, 
	author_id UUID NOT NULL, 
	pinned BOOLEAN, 
	trashed_at BIGINT, 
	purge_at BIGINT, 
	version_id UUID, 
	content_type TEXT, 
	size_bytes BIGINT, 
	deleted BOOLEAN DEFAULT false NOT NULL, 
	PRIMARY KEY (home_id, id), 
	CONSTRAINT document_category_known CHECK (category IN ('technical', 'safety', 'financial', 'contractual', 'personnel')), 
	CONSTRAINT document_status_known CHECK (status IN ('work_in_progress', 'shared', 'published', 'archived'))
)
 PARTITION BY HASH (home_id)
-- next
CREATE TABLE document_0 PARTITION OF document FOR VALUES WITH (MODULUS 4, REMAINDER 0)
-- next
CREATE TABLE document_1 PARTITION OF document FOR VALUES WITH (MODULUS 4, REMAINDER 1)
-- next
CREATE TABLE document_2 PARTITION OF document FOR VALUES WITH (MODULUS 4, REMAINDER 2)
-- next
CREATE TABLE document_3 PARTITION OF document FOR VALUES WITH (MODULUS 4, REMAINDER 3)
-- next
CREATE INDEX document_folder_id ON document (home_id, folder_id)
-- next
COMMENT ON INDEX document_folder_id IS 'the documents of a folder'
-- next
CREATE INDEX document_id ON document (id)
-- next
COMMENT ON INDEX document_id IS 'where does this document live'
-- next
CREATE INDEX document_trash ON document (purge_at) WHERE purge_at IS NOT NULL
-- next
COMMENT ON INDEX document_trash IS 'what of the trash is to be emptied'
-- next
CREATE TABLE document_link (
	home_id UUID NOT NULL, 
	id UUID NOT NULL, 
	scope_kind TEXT NOT NULL, 
	document_id UUID NOT NULL, 
	subject_table TEXT NOT NULL, 
	subject_id UUID NOT NULL, 
	purpose TEXT, 
	position BIGINT, 
	author_id UUID NOT NULL, 
	deleted BOOLEAN DEFAULT false NOT NULL, 
	PRIMARY KEY (home_id, id)
)
 PARTITION BY HASH (home_id)
-- next
CREATE TABLE document_link_0 PARTITION OF document_link FOR VALUES WITH (MODULUS 4, REMAINDER 0)
-- next
CREATE TABLE document_link_1 PARTITION OF document_link FOR VALUES WITH (MODULUS 4, REMAINDER 1)
-- next
CREATE TABLE document_link_2 PARTITION OF document_link FOR VALUES WITH (MODULUS 4, REMAINDER 2)
-- next
CREATE TABLE document_link_3 PARTITION OF document_link FOR VALUES WITH (MODULUS 4, REMAINDER 3)
-- next
CREATE INDEX document_link_document_id ON document_link (home_id, document_id)
-- next
COMMENT ON INDEX document_link_document_id IS 'what a document belongs to'
-- next
CREATE INDEX document_link_subject_id ON document_link (home_id, subject_id)
-- next
COMMENT ON INDEX document_link_subject_id IS 'the documents of a row'
-- next
CREATE TABLE document_search (
	home_id UUID NOT NULL, 
	document_id UUID NOT NULL, 
	scope_kind TEXT NOT NULL, 
	title_words TSVECTOR NOT NULL, 
	words TSVECTOR NOT NULL, 
	PRIMARY KEY (home_id, document_id)
)
-- next
CREATE INDEX document_search_words ON document_search USING gin (words)
-- next
COMMENT ON INDEX document_search_words IS 'which documents hold these words'
-- next
CREATE TABLE document_version (
	home_id UUID NOT NULL, 
	id UUID NOT NULL, 
	scope_kind TEXT NOT NULL, 
	document_id UUID NOT NULL, 
	file_name TEXT NOT NULL, 
	size_bytes BIGINT, 
	sha256 TEXT, 
	comment TEXT, 
	restored_from UUID, 
	author_id UUID NOT NULL, 
	label TEXT, 
	number BIGINT, 
	state TEXT, 
	object_sha256 TEXT, 
	content_type TEXT, 
	stored_bytes BIGINT, 
	received_at BIGINT, 
	stored_at BIGINT, 
	problem TEXT, 
	deleted BOOLEAN DEFAULT false NOT NULL, 
	PRIMARY KEY (home_id, id), 
	CONSTRAINT document_version_state_known CHECK (state IN ('waiting', 'received', 'stored', 'refused', 'quarantined'))
)
 PARTITION BY HASH (home_id)
-- next
CREATE TABLE document_version_0 PARTITION OF document_version FOR VALUES WITH (MODULUS 4, REMAINDER 0)
-- next
CREATE TABLE document_version_1 PARTITION OF document_version FOR VALUES WITH (MODULUS 4, REMAINDER 1)
-- next
CREATE TABLE document_version_2 PARTITION OF document_version FOR VALUES WITH (MODULUS 4, REMAINDER 2)
-- next
CREATE TABLE document_version_3 PARTITION OF document_version FOR VALUES WITH (MODULUS 4, REMAINDER 3)
-- next
CREATE INDEX document_version_document_id_number ON document_version (home_id, document_id, number)
-- next
COMMENT ON INDEX document_version_document_id_number IS 'the versions of a document, in order'
-- next
CREATE INDEX document_version_id ON document_version (id)
-- next
COMMENT ON INDEX document_version_id IS 'where does this version live'
-- next
CREATE INDEX document_version_object ON document_version (object_sha256) WHERE object_sha256 IS NOT NULL
-- next
COMMENT ON INDEX document_version_object IS 'which versions share these bytes'
-- next
CREATE TABLE folder (
	home_id UUID NOT NULL, 
	id UUID NOT NULL, 
	scope_kind TEXT NOT NULL, 
	project_id UUID NOT NULL, 
	parent_id UUID, 
	name TEXT NOT NULL, 
	category TEXT, 
	members UUID[], 
	deleted BOOLEAN DEFAULT false NOT NULL, 
	PRIMARY KEY (home_id, id), 
	CONSTRAINT folder_category_known CHECK (category IN ('technical', 'safety', 'financial', 'contractual', 'personnel'))
)
-- next
CREATE INDEX folder_members ON folder USING gin (members)
-- next
COMMENT ON INDEX folder_members IS 'which restricted folders name this person'
-- next
CREATE INDEX folder_parent_id ON folder (home_id, parent_id)
-- next
COMMENT ON INDEX folder_parent_id IS 'what is under this folder'
-- next
CREATE TABLE offline_rule (
	project_id UUID NOT NULL, 
	id UUID NOT NULL, 
	recent_days BIGINT, 
	mine BOOLEAN, 
	pinned BOOLEAN, 
	file_bytes_max BIGINT, 
	total_bytes_max BIGINT, 
	deleted BOOLEAN DEFAULT false NOT NULL, 
	PRIMARY KEY (project_id, id)
)
-- next
CREATE TABLE share_link (
	id UUID NOT NULL, 
	home_id UUID NOT NULL, 
	scope_kind TEXT NOT NULL, 
	document_id UUID NOT NULL, 
	version_id UUID, 
	digest BYTEA NOT NULL, 
	password_hash TEXT, 
	created_by UUID NOT NULL, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	revoked_at TIMESTAMP WITH TIME ZONE, 
	revoked_by UUID, 
	downloads INTEGER DEFAULT 0 NOT NULL, 
	downloads_max INTEGER, 
	last_download_at TIMESTAMP WITH TIME ZONE, 
	PRIMARY KEY (id), 
	UNIQUE (digest)
)
-- next
CREATE INDEX share_link_document ON share_link (document_id)
-- next
COMMENT ON INDEX share_link_document IS 'the links that lead to this document'
-- next
CREATE TABLE storage_use (
	project_id UUID NOT NULL, 
	bytes BIGINT NOT NULL, 
	PRIMARY KEY (project_id)
)
-- next
CREATE TABLE stored_object (
	sha256 TEXT NOT NULL, 
	bytes BIGINT NOT NULL, 
	content_type TEXT NOT NULL, 
	state TEXT DEFAULT 'stored' NOT NULL, 
	stored_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	verified_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	preview_state TEXT DEFAULT 'waiting' NOT NULL, 
	preview_attempts INTEGER DEFAULT 0 NOT NULL, 
	preview_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	previews TEXT[] DEFAULT '{}' NOT NULL, 
	words TSVECTOR, 
	PRIMARY KEY (sha256), 
	CONSTRAINT stored_object_state_known CHECK (state IN ('stored', 'deleting')), 
	CONSTRAINT stored_object_preview_state_known CHECK (preview_state IN ('waiting', 'made', 'none', 'failed'))
)
-- next
CREATE INDEX stored_object_preview ON stored_object (preview_at) WHERE preview_state = 'waiting'
-- next
COMMENT ON INDEX stored_object_preview IS 'what has no preview yet'
-- next
CREATE TABLE upload (
	id UUID NOT NULL, 
	version_id UUID NOT NULL, 
	document_id UUID NOT NULL, 
	home TEXT NOT NULL, 
	project_id UUID NOT NULL, 
	person_id UUID NOT NULL, 
	length_bytes BIGINT NOT NULL, 
	received_bytes BIGINT DEFAULT 0 NOT NULL, 
	state TEXT DEFAULT 'receiving' NOT NULL, 
	file_name TEXT NOT NULL, 
	content_type TEXT, 
	declared_sha256 TEXT, 
	sha256 TEXT, 
	writer UUID, 
	attempts INTEGER DEFAULT 0 NOT NULL, 
	next_attempt_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	leased_until TIMESTAMP WITH TIME ZONE, 
	multipart_id TEXT, 
	problem TEXT, 
	created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL, 
	expires_at TIMESTAMP WITH TIME ZONE NOT NULL, 
	received_at TIMESTAMP WITH TIME ZONE, 
	finished_at TIMESTAMP WITH TIME ZONE, 
	PRIMARY KEY (id), 
	CONSTRAINT upload_state_known CHECK (state IN ('receiving', 'queued', 'storing', 'stored', 'failed')), 
	CONSTRAINT upload_received_within_length CHECK (received_bytes BETWEEN 0 AND length_bytes)
)
-- next
CREATE INDEX upload_document ON upload (document_id, received_at) WHERE state IN ('queued', 'storing')
-- next
COMMENT ON INDEX upload_document IS 'what of this document came earlier and still waits'
-- next
CREATE INDEX upload_expires ON upload (expires_at) WHERE state = 'receiving'
-- next
COMMENT ON INDEX upload_expires IS 'which uploads were given up'
-- next
CREATE INDEX upload_project ON upload (project_id) WHERE state IN ('receiving', 'queued', 'storing')
-- next
COMMENT ON INDEX upload_project IS 'what is on its way into this project, for its quota'
-- next
CREATE UNIQUE INDEX upload_storing ON upload (sha256) WHERE state = 'storing'
-- next
COMMENT ON INDEX upload_storing IS 'is this content being sent to the object store just now'
-- next
CREATE INDEX upload_version ON upload (version_id)
-- next
COMMENT ON INDEX upload_version IS 'where are this version''s bytes'
-- next
CREATE INDEX upload_waiting ON upload (received_at) WHERE state IN ('queued', 'storing')
-- next
COMMENT ON INDEX upload_waiting IS 'what waits for the object store, the eldest first'
-- next
-- Who reads a restricted folder: those whom it names, while the project is theirs.
CREATE FUNCTION reader_folders() RETURNS uuid[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT coalesce(array_agg(folder.id), '{}')
    FROM folder, permission, (SELECT reader_role()) AS me (role)
    WHERE folder.members @> ARRAY[reader_id()] AND folder.scope_kind = 'folder'
        AND NOT folder.deleted
        AND (me.role = ANY (permission.everywhere)
            OR folder.project_id = ANY ((SELECT reader_projects('project'))::uuid[]))
$$
-- next
CREATE OR REPLACE FUNCTION reader_kinds() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT CASE WHEN me.role IS NULL THEN '{}' ELSE '{org}'::text[] END
        || CASE WHEN me.role = ANY (everywhere) THEN '{project}'::text[] ELSE '{}' END
        || CASE WHEN me.role = ANY (everywhere) AND me.role = ANY (finance)
            THEN '{finance}'::text[] ELSE '{}' END
        || CASE WHEN me.role = ANY (everywhere) AND me.role = ANY (leaders)
            THEN '{leads}'::text[] ELSE '{}' END
        || CASE WHEN me.role = 'administrator' THEN '{folder}'::text[] ELSE '{}' END
    FROM permission, (SELECT reader_role()) AS me (role)
$$
-- next
CREATE OR REPLACE FUNCTION reader_scopes() RETURNS text[]
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT ARRAY(
        SELECT kind || ':' || project
        FROM unnest('{project,finance}'::text[]) AS kind, unnest(reader_projects(kind)) AS project
        UNION ALL SELECT 'folder:' || folder FROM unnest(reader_folders()) AS folder
        UNION ALL SELECT 'user:' || reader_id() WHERE reader_role() IS NOT NULL
    )
$$
-- next
-- The rule of what lives in a project, its finance or a restricted folder.
CREATE FUNCTION home_rule() RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT format('CASE scope_kind WHEN %L THEN %s WHEN %L THEN %s WHEN %L THEN
            (SELECT %L = ANY (reader_kinds())) OR home_id = ANY ((SELECT reader_folders())::uuid[])
        END',
        'project', reading_rule('project', 'home_id'),
        'finance', reading_rule('finance', 'home_id'),
        'folder', 'folder')
$$
-- next
SELECT protect_table(name, home_rule())
FROM unnest('{folder,document,document_version,document_link,document_search,share_link}'::regclass[])
    AS name
-- next
SELECT protect_table('offline_rule', reading_rule('project', 'project_id'))
