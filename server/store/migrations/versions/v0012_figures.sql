CREATE TABLE expense_day (
	project_id UUID NOT NULL,
	currency TEXT NOT NULL,
	day DATE NOT NULL,
	amount BIGINT NOT NULL,
	invoiced BIGINT NOT NULL,
	expenses BIGINT NOT NULL,
	PRIMARY KEY (project_id, currency, day)
)
-- next
CREATE TABLE expense_task (
	project_id UUID NOT NULL,
	task_id UUID NOT NULL,
	currency TEXT NOT NULL,
	amount BIGINT NOT NULL,
	expenses BIGINT NOT NULL,
	PRIMARY KEY (project_id, task_id, currency)
)
-- next
CREATE TABLE progress_day (
	project_id UUID NOT NULL,
	task_id UUID NOT NULL,
	day DATE NOT NULL,
	progress INTEGER NOT NULL,
	time BIGINT NOT NULL,
	PRIMARY KEY (project_id, task_id, day)
)
-- next
CREATE TABLE baseline_value (
	project_id UUID NOT NULL,
	baseline_id UUID NOT NULL,
	task_id UUID NOT NULL,
	line_id UUID NOT NULL,
	start DATE NOT NULL,
	days INTEGER CONSTRAINT baseline_value_days CHECK (days > 0),
	budget BIGINT NOT NULL,
	PRIMARY KEY (project_id, baseline_id, task_id, line_id)
)
-- next
CREATE TABLE figure_day (
	project_id UUID NOT NULL,
	figure TEXT NOT NULL CONSTRAINT figure_day_figure_known CHECK (figure IN ('planned', 'earned')),
	day DATE NOT NULL,
	amount BIGINT NOT NULL,
	PRIMARY KEY (project_id, figure, day)
)
-- next
CREATE TABLE figure_state (
	project_id UUID NOT NULL,
	baseline_id UUID NOT NULL,
	currency TEXT NOT NULL,
	added BIGINT DEFAULT 0 NOT NULL,
	PRIMARY KEY (project_id)
)
-- next
SELECT protect_table(name, reading_rule('finance', 'project_id'))
FROM unnest('{expense_day,expense_task,baseline_value,figure_day,figure_state}'::regclass[]) AS name
-- next
SELECT protect_table('progress_day', reading_rule('project', 'project_id'))
-- next
-- What was there before the sums were kept.
INSERT INTO expense_day (project_id, currency, day, amount, invoiced, expenses)
SELECT expense.project_id, coalesce(budget.currency, project.currency), expense.date,
    sum(expense.amount_converted),
    coalesce(sum(expense.amount_converted) FILTER (WHERE expense.invoice_id IS NOT NULL), 0),
    count(*)
FROM expense JOIN project ON project.id = expense.project_id AND NOT project.deleted
LEFT JOIN budget_line AS line ON line.project_id = expense.project_id
    AND line.id = expense.budget_line_id AND NOT line.deleted
LEFT JOIN budget ON budget.project_id = line.project_id
    AND budget.id = line.budget_id AND NOT budget.deleted
WHERE NOT expense.deleted AND expense.status IS DISTINCT FROM 'refused'
    AND expense.amount_converted IS NOT NULL
GROUP BY 1, 2, 3
-- next
INSERT INTO expense_task (project_id, task_id, currency, amount, expenses)
SELECT expense.project_id, expense.task_id, coalesce(budget.currency, project.currency),
    sum(expense.amount_converted), count(*)
FROM expense JOIN project ON project.id = expense.project_id AND NOT project.deleted
LEFT JOIN budget_line AS line ON line.project_id = expense.project_id
    AND line.id = expense.budget_line_id AND NOT line.deleted
LEFT JOIN budget ON budget.project_id = line.project_id
    AND budget.id = line.budget_id AND NOT budget.deleted
WHERE NOT expense.deleted AND expense.status IS DISTINCT FROM 'refused'
    AND expense.amount_converted IS NOT NULL AND expense.task_id IS NOT NULL
GROUP BY 1, 2, 3
-- next
-- How far the tasks are, said on the day on which they ended, or today: their history before is
-- not known here.
WITH known AS (
    SELECT project_id, id, CASE WHEN status IN ('done', 'verified') THEN 10000
            ELSE coalesce(progress, 0) END AS progress,
        least(current_date, coalesce(actual_finish::date, current_date)) AS day
    FROM task WHERE NOT deleted
)
INSERT INTO progress_day (project_id, task_id, day, progress, time)
SELECT project_id, id, day, progress, 0 FROM known WHERE progress > 0
UNION ALL
SELECT project_id, id, 'infinity', progress, 0 FROM known WHERE progress > 0
