CREATE TABLE schedule_due (
	project_id UUID NOT NULL,
	marks BIGINT NOT NULL,
	marked_at TIMESTAMP WITH TIME ZONE NOT NULL,
	tries BIGINT DEFAULT 0 NOT NULL,
	next_at TIMESTAMP WITH TIME ZONE NOT NULL,
	PRIMARY KEY (project_id)
)
-- next
CREATE INDEX schedule_due_next ON schedule_due (next_at)
-- next
COMMENT ON INDEX schedule_due_next IS 'whose schedule is computed next'
-- next
CREATE TABLE project_schedule (
	project_id UUID NOT NULL,
	computed_at TIMESTAMP WITH TIME ZONE NOT NULL,
	data_date TIMESTAMP WITHOUT TIME ZONE,
	finish TIMESTAMP WITHOUT TIME ZONE,
	tasks BIGINT NOT NULL,
	critical BIGINT NOT NULL,
	progress BIGINT,
	longest_path JSONB NOT NULL,
	cycles JSONB NOT NULL,
	faults JSONB NOT NULL,
	baseline_id UUID,
	PRIMARY KEY (project_id)
)
-- next
CREATE TABLE baseline_task (
	project_id UUID NOT NULL,
	baseline_id UUID NOT NULL,
	task_id UUID NOT NULL,
	start TIMESTAMP WITHOUT TIME ZONE,
	finish TIMESTAMP WITHOUT TIME ZONE,
	duration_minutes BIGINT,
	weight BIGINT,
	PRIMARY KEY (project_id, baseline_id, task_id)
)
-- next
SELECT protect_table(name, reading_rule('project', 'project_id'))
FROM unnest('{project_schedule,baseline_task}'::regclass[]) AS name
-- next
INSERT INTO schedule_due (project_id, marks, marked_at, next_at)
SELECT DISTINCT project_id, 1, now(), now() FROM task
