CREATE TABLE alert (
	project_id UUID NOT NULL,
	id UUID NOT NULL,
	scope_kind TEXT NOT NULL,
	rule TEXT NOT NULL,
	subject_table TEXT NOT NULL,
	subject_id UUID NOT NULL,
	level TEXT,
	facts JSONB,
	due DATE,
	cause JSONB,
	raised_at BIGINT,
	cleared_at BIGINT,
	status TEXT,
	acknowledged_by UUID,
	deleted BOOLEAN DEFAULT false NOT NULL,
	PRIMARY KEY (project_id, id),
	CONSTRAINT alert_rule_known CHECK (rule IN ('budget_threshold', 'budget_line_threshold', 'task_overdue', 'task_due', 'task_past_project_end')),
	CONSTRAINT alert_level_known CHECK (level IN ('information', 'warning', 'critical')),
	CONSTRAINT alert_status_known CHECK (status IN ('open', 'acknowledged', 'resolved'))
)
-- next
CREATE INDEX alert_status_level ON alert (project_id, status, level)
-- next
COMMENT ON INDEX alert_status_level IS 'the open alerts of a site'
-- next
CREATE INDEX alert_subject_id ON alert (project_id, subject_id)
-- next
COMMENT ON INDEX alert_subject_id IS 'the alerts on one thing'
-- next
CREATE TABLE assignment (
	project_id UUID NOT NULL,
	id UUID NOT NULL,
	task_id UUID NOT NULL,
	resource_id UUID NOT NULL,
	planned_units NUMERIC,
	actual_units NUMERIC,
	external_id TEXT,
	imported TEXT,
	deleted BOOLEAN DEFAULT false NOT NULL,
	PRIMARY KEY (project_id, id)
)
-- next
CREATE INDEX assignment_task_id ON assignment (project_id, task_id)
-- next
COMMENT ON INDEX assignment_task_id IS 'what does this task need'
-- next
CREATE TABLE budget (
	project_id UUID NOT NULL,
	id UUID NOT NULL,
	name TEXT NOT NULL,
	currency TEXT NOT NULL,
	amount BIGINT NOT NULL,
	thresholds JSONB,
	spent BIGINT,
	imported TEXT,
	deleted BOOLEAN DEFAULT false NOT NULL,
	PRIMARY KEY (project_id, id)
)
-- next
CREATE TABLE budget_line (
	project_id UUID NOT NULL,
	id UUID NOT NULL,
	budget_id UUID NOT NULL,
	cost_code TEXT NOT NULL,
	category TEXT,
	description TEXT,
	amount BIGINT NOT NULL,
	spent BIGINT,
	task_id UUID,
	external_id TEXT,
	imported TEXT,
	deleted BOOLEAN DEFAULT false NOT NULL,
	PRIMARY KEY (project_id, id)
)
-- next
CREATE INDEX budget_line_budget_id_cost_code ON budget_line (project_id, budget_id, cost_code)
-- next
COMMENT ON INDEX budget_line_budget_id_cost_code IS 'the lines of a budget, by code'
-- next
CREATE TABLE calendar (
	project_id UUID NOT NULL,
	id UUID NOT NULL,
	name TEXT NOT NULL,
	week JSONB,
	exceptions JSONB,
	hours_per_day NUMERIC,
	external_id TEXT,
	imported TEXT,
	deleted BOOLEAN DEFAULT false NOT NULL,
	PRIMARY KEY (project_id, id)
)
-- next
CREATE TABLE change_log (
	scope_id BIGINT NOT NULL,
	seq BIGINT NOT NULL,
	at TIMESTAMP WITH TIME ZONE NOT NULL,
	table_name TEXT NOT NULL,
	row_id UUID NOT NULL,
	operation TEXT NOT NULL,
	intent TEXT NOT NULL,
	replica TEXT NOT NULL,
	counter BIGINT NOT NULL,
	time BIGINT NOT NULL,
	person_id UUID,
	changes JSON NOT NULL,
	PRIMARY KEY (scope_id, seq, at)
)
 PARTITION BY RANGE (at)
-- next
CREATE INDEX change_log_row ON change_log (row_id, seq)
-- next
COMMENT ON INDEX change_log_row IS 'the history of a row'
-- next
CREATE TABLE comment (
	project_id UUID NOT NULL,
	id UUID NOT NULL,
	task_id UUID,
	body TEXT NOT NULL,
	author_id UUID NOT NULL,
	deleted BOOLEAN DEFAULT false NOT NULL,
	PRIMARY KEY (project_id, id)
)
 PARTITION BY HASH (project_id)
-- next
CREATE TABLE comment_0 PARTITION OF comment FOR VALUES WITH (MODULUS 4, REMAINDER 0)
-- next
CREATE TABLE comment_1 PARTITION OF comment FOR VALUES WITH (MODULUS 4, REMAINDER 1)
-- next
CREATE TABLE comment_2 PARTITION OF comment FOR VALUES WITH (MODULUS 4, REMAINDER 2)
-- next
CREATE TABLE comment_3 PARTITION OF comment FOR VALUES WITH (MODULUS 4, REMAINDER 3)
-- next
CREATE INDEX comment_task_id ON comment (project_id, task_id)
-- next
COMMENT ON INDEX comment_task_id IS 'what was said of this task'
-- next
CREATE TABLE conflict (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	scope_id BIGINT NOT NULL,
	seq BIGINT NOT NULL,
	table_name TEXT NOT NULL,
	row_id UUID NOT NULL,
	field TEXT,
	policy TEXT NOT NULL,
	kept JSONB,
	lost JSONB,
	review BOOLEAN NOT NULL,
	replica TEXT NOT NULL,
	counter BIGINT NOT NULL,
	time BIGINT NOT NULL,
	other_replica TEXT,
	other_counter BIGINT,
	other_time BIGINT,
	detected_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	resolved_at TIMESTAMP WITH TIME ZONE,
	resolved_by UUID,
	PRIMARY KEY (id)
)
-- next
CREATE INDEX conflict_open ON conflict (scope_id, row_id) WHERE resolved_at IS NULL
-- next
COMMENT ON INDEX conflict_open IS 'what waits for a decision in a scope, or on a row'
-- next
CREATE TABLE daily_report (
	project_id UUID NOT NULL,
	id UUID NOT NULL,
	date DATE NOT NULL,
	shift TEXT NOT NULL,
	status TEXT,
	weather TEXT,
	headcount BIGINT,
	worked_minutes BIGINT,
	trades JSONB,
	work_done TEXT,
	work_planned TEXT,
	delays TEXT,
	safety TEXT,
	author_id UUID,
	incident BOOLEAN,
	external_id TEXT,
	deleted BOOLEAN DEFAULT false NOT NULL,
	PRIMARY KEY (project_id, id),
	CONSTRAINT daily_report_shift_known CHECK (shift IN ('day', 'night')),
	CONSTRAINT daily_report_status_known CHECK (status IN ('draft', 'submitted', 'approved'))
)
 PARTITION BY HASH (project_id)
-- next
CREATE TABLE daily_report_0 PARTITION OF daily_report FOR VALUES WITH (MODULUS 4, REMAINDER 0)
-- next
CREATE TABLE daily_report_1 PARTITION OF daily_report FOR VALUES WITH (MODULUS 4, REMAINDER 1)
-- next
CREATE TABLE daily_report_2 PARTITION OF daily_report FOR VALUES WITH (MODULUS 4, REMAINDER 2)
-- next
CREATE TABLE daily_report_3 PARTITION OF daily_report FOR VALUES WITH (MODULUS 4, REMAINDER 3)
-- next
CREATE INDEX daily_report_date_shift ON daily_report (project_id, date, shift)
-- next
COMMENT ON INDEX daily_report_date_shift IS 'the reports of a site, by day'
-- next
CREATE TABLE exchange_rate (
	id UUID NOT NULL,
	currency TEXT NOT NULL,
	quote TEXT NOT NULL,
	date DATE NOT NULL,
	rate NUMERIC NOT NULL,
	deleted BOOLEAN DEFAULT false NOT NULL,
	PRIMARY KEY (id)
)
-- next
CREATE INDEX exchange_rate_currency_quote_date ON exchange_rate (currency, quote, date)
-- next
COMMENT ON INDEX exchange_rate_currency_quote_date IS 'the rate of a currency at a date'
-- next
CREATE TABLE expense (
	project_id UUID NOT NULL,
	id UUID NOT NULL,
	budget_line_id UUID,
	task_id UUID,
	date DATE NOT NULL,
	amount BIGINT NOT NULL,
	currency TEXT NOT NULL,
	supplier TEXT,
	description TEXT,
	status TEXT,
	refusal_reason TEXT,
	author_id UUID,
	amount_converted BIGINT,
	rate NUMERIC,
	rate_date DATE,
	deleted BOOLEAN DEFAULT false NOT NULL,
	PRIMARY KEY (project_id, id),
	CONSTRAINT expense_status_known CHECK (status IN ('submitted', 'approved', 'refused', 'posted', 'paid'))
)
 PARTITION BY HASH (project_id)
-- next
CREATE TABLE expense_0 PARTITION OF expense FOR VALUES WITH (MODULUS 4, REMAINDER 0)
-- next
CREATE TABLE expense_1 PARTITION OF expense FOR VALUES WITH (MODULUS 4, REMAINDER 1)
-- next
CREATE TABLE expense_2 PARTITION OF expense FOR VALUES WITH (MODULUS 4, REMAINDER 2)
-- next
CREATE TABLE expense_3 PARTITION OF expense FOR VALUES WITH (MODULUS 4, REMAINDER 3)
-- next
CREATE INDEX expense_budget_line_id ON expense (project_id, budget_line_id)
-- next
COMMENT ON INDEX expense_budget_line_id IS 'the spending of a budget line'
-- next
CREATE INDEX expense_date ON expense (project_id, date)
-- next
COMMENT ON INDEX expense_date IS 'the ledger, by date'
-- next
CREATE TABLE installation (
	one BOOLEAN NOT NULL CONSTRAINT installation_single CHECK (one),
	server_epoch BIGINT NOT NULL,
	PRIMARY KEY (one)
)
-- next
CREATE TABLE job_run (
	name TEXT NOT NULL,
	slot TIMESTAMP WITH TIME ZONE NOT NULL,
	started_at TIMESTAMP WITH TIME ZONE NOT NULL,
	finished_at TIMESTAMP WITH TIME ZONE NOT NULL,
	failures INTEGER DEFAULT 0 NOT NULL,
	detail JSONB,
	PRIMARY KEY (name)
)
-- next
CREATE TABLE member (
	project_id UUID NOT NULL,
	id UUID NOT NULL,
	person_id UUID NOT NULL,
	role TEXT NOT NULL,
	deleted BOOLEAN DEFAULT false NOT NULL,
	PRIMARY KEY (project_id, id),
	CONSTRAINT member_role_known CHECK (role IN ('administrator', 'manager', 'accountant', 'supervisor', 'employee', 'auditor'))
)
-- next
CREATE INDEX member_person_id ON member (person_id)
-- next
COMMENT ON INDEX member_person_id IS 'which projects does this person belong to'
-- next
CREATE TABLE person (
	id UUID NOT NULL,
	name TEXT NOT NULL,
	login TEXT NOT NULL,
	phone TEXT,
	role TEXT NOT NULL,
	language TEXT,
	active BOOLEAN,
	deleted BOOLEAN DEFAULT false NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT person_role_known CHECK (role IN ('administrator', 'manager', 'accountant', 'supervisor', 'employee', 'auditor')),
	CONSTRAINT person_language_known CHECK (language IN ('fr', 'en'))
)
-- next
CREATE INDEX person_login ON person (login)
-- next
COMMENT ON INDEX person_login IS 'who has this login'
-- next
CREATE TABLE project (
	id UUID NOT NULL,
	code TEXT NOT NULL,
	name TEXT NOT NULL,
	site_id UUID,
	status TEXT,
	currency TEXT NOT NULL,
	start DATE,
	finish DATE,
	time_zone TEXT,
	description TEXT,
	external_id TEXT,
	imported TEXT,
	data_date TIMESTAMP WITHOUT TIME ZONE,
	spent_off_budget BIGINT,
	deleted BOOLEAN DEFAULT false NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT project_status_known CHECK (status IN ('draft', 'active', 'suspended', 'closed', 'archived'))
)
-- next
CREATE TABLE receipt (
	replica TEXT NOT NULL,
	last_counter BIGINT NOT NULL,
	first_counter BIGINT NOT NULL,
	digests BYTEA NOT NULL,
	answers BYTEA NOT NULL,
	received_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	PRIMARY KEY (replica, last_counter)
)
-- next
CREATE TABLE rejection (
	replica TEXT NOT NULL,
	counter BIGINT NOT NULL,
	person_id UUID NOT NULL,
	received_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	code TEXT NOT NULL,
	detail JSONB NOT NULL,
	payload JSON,
	raw BYTEA,
	PRIMARY KEY (replica, counter)
)
-- next
CREATE INDEX rejection_person ON rejection (person_id, received_at)
-- next
COMMENT ON INDEX rejection_person IS 'what an author has to mend'
-- next
CREATE TABLE replica (
	id TEXT NOT NULL,
	person_id UUID NOT NULL,
	name TEXT NOT NULL,
	platform TEXT,
	app_version TEXT,
	epoch BIGINT DEFAULT 1 NOT NULL,
	last_counter BIGINT DEFAULT 0 NOT NULL,
	schema_version INTEGER,
	registered_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	last_seen_at TIMESTAMP WITH TIME ZONE,
	waiting_change_sets BIGINT DEFAULT 0 NOT NULL,
	waiting_oldest BIGINT,
	waiting_upload_bytes BIGINT DEFAULT 0 NOT NULL,
	clock_offset_ms BIGINT DEFAULT 0 NOT NULL,
	clock_flagged BOOLEAN DEFAULT false NOT NULL,
	revoked_at TIMESTAMP WITH TIME ZONE,
	PRIMARY KEY (id)
)
 WITH (fillfactor = 50)
-- next
CREATE INDEX replica_person ON replica (person_id)
-- next
COMMENT ON INDEX replica_person IS 'the devices of a person'
-- next
CREATE TABLE resource (
	project_id UUID NOT NULL,
	id UUID NOT NULL,
	name TEXT NOT NULL,
	kind TEXT NOT NULL,
	unit TEXT,
	external_id TEXT,
	imported TEXT,
	deleted BOOLEAN DEFAULT false NOT NULL,
	PRIMARY KEY (project_id, id),
	CONSTRAINT resource_kind_known CHECK (kind IN ('labour', 'equipment', 'material'))
)
-- next
CREATE TABLE scope (
	id BIGINT GENERATED ALWAYS AS IDENTITY,
	name TEXT NOT NULL,
	head BIGINT DEFAULT 0 NOT NULL,
	checksum BIGINT DEFAULT 0 NOT NULL,
	rows BIGINT DEFAULT 0 NOT NULL,
	PRIMARY KEY (id),
	CONSTRAINT scope_name UNIQUE (name)
)
 WITH (fillfactor = 50)
-- next
CREATE TABLE site (
	id UUID NOT NULL,
	name TEXT NOT NULL,
	field_name TEXT,
	block TEXT,
	operator TEXT,
	country TEXT,
	latitude_microdegrees BIGINT,
	longitude_microdegrees BIGINT,
	time_zone TEXT,
	external_id TEXT,
	deleted BOOLEAN DEFAULT false NOT NULL,
	PRIMARY KEY (id)
)
-- next
CREATE TABLE snapshot (
	id TEXT NOT NULL,
	scope_id BIGINT NOT NULL,
	seq BIGINT NOT NULL,
	checksum BIGINT NOT NULL,
	rows BIGINT NOT NULL,
	pages INTEGER NOT NULL,
	bytes BIGINT NOT NULL,
	built_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
	PRIMARY KEY (id)
)
-- next
CREATE INDEX snapshot_scope ON snapshot (scope_id, seq)
-- next
COMMENT ON INDEX snapshot_scope IS 'the newest of a scope'
-- next
CREATE TABLE snapshot_page (
	snapshot_id TEXT NOT NULL,
	page INTEGER NOT NULL,
	body BYTEA NOT NULL,
	PRIMARY KEY (snapshot_id, page)
)
-- next
CREATE TABLE sync_row (
	scope_id BIGINT NOT NULL,
	row_id UUID NOT NULL,
	seq BIGINT NOT NULL,
	table_name TEXT NOT NULL,
	deleted BOOLEAN NOT NULL,
	checksum BIGINT NOT NULL,
	document BYTEA NOT NULL,
	causes BYTEA NOT NULL,
	PRIMARY KEY (scope_id, row_id)
)
 PARTITION BY HASH (scope_id)
-- next
CREATE TABLE sync_row_0 PARTITION OF sync_row FOR VALUES WITH (MODULUS 4, REMAINDER 0)
-- next
CREATE TABLE sync_row_1 PARTITION OF sync_row FOR VALUES WITH (MODULUS 4, REMAINDER 1)
-- next
CREATE TABLE sync_row_2 PARTITION OF sync_row FOR VALUES WITH (MODULUS 4, REMAINDER 2)
-- next
CREATE TABLE sync_row_3 PARTITION OF sync_row FOR VALUES WITH (MODULUS 4, REMAINDER 3)
-- next
CREATE UNIQUE INDEX sync_row_seq ON sync_row (scope_id, seq)
-- next
COMMENT ON INDEX sync_row_seq IS 'what changed in this scope since a cursor'
-- next
CREATE TABLE task (
	project_id UUID NOT NULL,
	id UUID NOT NULL,
	parent_id UUID,
	position BIGINT,
	code TEXT,
	name TEXT NOT NULL,
	kind TEXT NOT NULL,
	status TEXT,
	progress BIGINT,
	planned_start TIMESTAMP WITHOUT TIME ZONE,
	planned_finish TIMESTAMP WITHOUT TIME ZONE,
	actual_start TIMESTAMP WITHOUT TIME ZONE,
	actual_finish TIMESTAMP WITHOUT TIME ZONE,
	duration_minutes BIGINT,
	float_minutes BIGINT,
	calendar_id UUID,
	assignees UUID[],
	tags TEXT[],
	hours_spent_minutes BIGINT,
	notes TEXT,
	external_id TEXT,
	imported TEXT,
	deleted BOOLEAN DEFAULT false NOT NULL,
	PRIMARY KEY (project_id, id),
	CONSTRAINT task_kind_known CHECK (kind IN ('summary', 'task', 'milestone', 'level_of_effort')),
	CONSTRAINT task_status_known CHECK (status IN ('todo', 'in_progress', 'blocked', 'done', 'verified', 'cancelled'))
)
 PARTITION BY HASH (project_id)
-- next
CREATE TABLE task_0 PARTITION OF task FOR VALUES WITH (MODULUS 4, REMAINDER 0)
-- next
CREATE TABLE task_1 PARTITION OF task FOR VALUES WITH (MODULUS 4, REMAINDER 1)
-- next
CREATE TABLE task_2 PARTITION OF task FOR VALUES WITH (MODULUS 4, REMAINDER 2)
-- next
CREATE TABLE task_3 PARTITION OF task FOR VALUES WITH (MODULUS 4, REMAINDER 3)
-- next
CREATE INDEX task_external_id ON task (project_id, external_id)
-- next
COMMENT ON INDEX task_external_id IS 'which task is this activity of the schedule'
-- next
CREATE INDEX task_parent_id_position ON task (project_id, parent_id, position)
-- next
COMMENT ON INDEX task_parent_id_position IS 'what is under this node, in order'
-- next
CREATE INDEX task_planned_finish ON task (project_id, planned_finish)
-- next
COMMENT ON INDEX task_planned_finish IS 'what falls due'
-- next
CREATE TABLE task_link (
	project_id UUID NOT NULL,
	id UUID NOT NULL,
	predecessor_id UUID NOT NULL,
	successor_id UUID NOT NULL,
	kind TEXT NOT NULL,
	lag_minutes BIGINT,
	external_id TEXT,
	imported TEXT,
	deleted BOOLEAN DEFAULT false NOT NULL,
	PRIMARY KEY (project_id, id),
	CONSTRAINT task_link_kind_known CHECK (kind IN ('finish_start', 'start_start', 'finish_finish', 'start_finish'))
)
-- next
CREATE INDEX task_link_predecessor_id ON task_link (project_id, predecessor_id)
-- next
COMMENT ON INDEX task_link_predecessor_id IS 'what follows this task'
-- next
CREATE INDEX task_link_successor_id ON task_link (project_id, successor_id)
-- next
COMMENT ON INDEX task_link_successor_id IS 'what precedes this task'
-- next
CREATE TABLE change_log_default PARTITION OF change_log DEFAULT
-- next
    CREATE FUNCTION make_change_log_month(month date) RETURNS text
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$
    DECLARE
        first date := date_trunc('month', month)::date;
        name text := 'change_log_' || to_char(first, 'YYYY_MM');
    BEGIN
        IF to_regclass(name) IS NULL THEN
            EXECUTE format(
                'CREATE TABLE %I PARTITION OF change_log FOR VALUES FROM (%L) TO (%L)',
                name, first::timestamptz, (first + interval '1 month')::timestamptz);
        END IF;
        RETURN name;
    END $$

-- next
    SELECT make_change_log_month((now() + ahead * interval '1 month')::date)
    FROM generate_series(0, 2) AS ahead

-- next
INSERT INTO installation (one, server_epoch) VALUES (true, 1)
-- next
INSERT INTO scope (name) VALUES ('org')
