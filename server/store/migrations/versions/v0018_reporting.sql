CREATE SCHEMA reporting
-- next
COMMENT ON SCHEMA reporting IS
    'For BI tools: typed views, stable names, amounts in units of their currency. Each login reads as one person, and sees what they may see in the app.'
-- next
CREATE TABLE reporting.login (
    role NAME PRIMARY KEY,
    person_id UUID NOT NULL
)
-- next
COMMENT ON TABLE reporting.login IS 'Logins of BI tools -> the person whose rights they read with.'
-- next
-- The session's own login cannot be changed from within, unlike a setting.
CREATE FUNCTION reporting_person() RETURNS uuid
LANGUAGE sql STABLE PARALLEL SAFE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT person_id FROM reporting.login WHERE role = session_user
$$
-- next
CREATE OR REPLACE FUNCTION reader_id() RETURNS uuid LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT coalesce(reporting_person(), nullif(current_setting('derrick.person', true), '')::uuid)
$$
-- next
CREATE FUNCTION reporting.units(amount bigint, currency text) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN currency IN ('BIF', 'CLP', 'DJF', 'GNF', 'ISK', 'JPY', 'KMF', 'KRW', 'PYG', 'RWF',
            'UGX', 'UYI', 'VND', 'VUV', 'XAF', 'XOF', 'XPF') THEN amount::numeric
        WHEN currency IN ('BHD', 'IQD', 'JOD', 'KWD', 'LYD', 'OMR', 'TND')
            THEN (amount * 0.001)::numeric(24, 3)
        WHEN currency IN ('CLF', 'UYW') THEN (amount * 0.0001)::numeric(24, 4)
        ELSE (amount * 0.01)::numeric(24, 2)
    END
$$
-- next
COMMENT ON FUNCTION reporting.units(bigint, text) IS 'Minor units -> units of the currency, exactly.'
-- next
CREATE VIEW reporting.project WITH (security_invoker) AS
    SELECT project.id AS project_id, code, project.name, coalesce(status, 'draft') AS status,
        site.name AS site, site.country, site.operator, currency, start, finish, project.time_zone,
        reporting.units(coalesce(spent_off_budget, 0), currency) AS spent_off_budget
    FROM project LEFT JOIN site ON site.id = project.site_id WHERE NOT project.deleted
-- next
COMMENT ON VIEW reporting.project IS 'Projects, one row each.'
-- next
CREATE VIEW reporting.task WITH (security_invoker) AS
    SELECT project_id, id AS task_id, parent_id, number, code, name, kind,
        coalesce(status, 'todo') AS status, coalesce(progress, 0) / 10000.0 AS progress,
        planned_start, planned_finish, actual_start, actual_finish, early_finish AS forecast_finish,
        baseline_start, baseline_finish, critical, duration_minutes / 60.0 AS duration_hours,
        total_float_minutes / 60.0 AS total_float_hours,
        coalesce(hours_spent_minutes, 0) / 60.0 AS hours_spent
    FROM task WHERE NOT deleted
-- next
COMMENT ON VIEW reporting.task IS 'Tasks, milestones and summaries; progress is of 1, times are local to the site.'
-- next
CREATE VIEW reporting.budget_line WITH (security_invoker) AS
    SELECT line.project_id, line.id AS line_id, budget.id AS budget_id, budget.name AS budget,
        line.cost_code, line.category, coalesce(line.kind, 'cost') AS kind, line.description,
        line.task_id, budget.currency,
        reporting.units(coalesce(line.original_amount, line.amount), budget.currency) AS original,
        reporting.units(line.amount, budget.currency) AS revised,
        reporting.units(coalesce(line.committed, 0), budget.currency) AS committed,
        reporting.units(coalesce(line.spent, 0), budget.currency) AS spent,
        reporting.units(line.amount - coalesce(line.committed, 0) - coalesce(line.spent, 0),
            budget.currency) AS remaining,
        reporting.units(line.forecast, budget.currency) AS forecast
    FROM budget_line AS line
    JOIN budget ON budget.project_id = line.project_id AND budget.id = line.budget_id
    WHERE NOT line.deleted AND NOT budget.deleted
-- next
COMMENT ON VIEW reporting.budget_line IS 'Budget lines with their six figures.'
-- next
CREATE VIEW reporting.expense WITH (security_invoker) AS
    SELECT project_id, id AS expense_id, date, supplier, description, category,
        coalesce(status, 'submitted') AS status, budget_line_id AS line_id, task_id, order_id,
        invoice_id, author_id, currency, reporting.units(amount, currency) AS amount,
        reporting.units(tax_amount, currency) AS tax, rate, rate_date
    FROM expense WHERE NOT deleted
-- next
COMMENT ON VIEW reporting.expense IS 'Expenses in the currency that they were made in.'
-- next
CREATE VIEW reporting.purchase_order WITH (security_invoker) AS
    SELECT project_id, id AS order_id, number, reference, supplier, title, date, delivery_date,
        coalesce(status, 'draft') AS status, budget_line_id AS line_id, task_id, category, currency,
        reporting.units(amount, currency) AS amount
    FROM purchase_order WHERE NOT deleted
-- next
COMMENT ON VIEW reporting.purchase_order IS 'Orders to suppliers, without tax.'
-- next
CREATE VIEW reporting.invoice WITH (security_invoker) AS
    SELECT project_id, id AS invoice_id, 'payable' AS side, reference AS number, supplier AS party,
        coalesce(kind, 'invoice') AS kind, date, due, coalesce(status, 'draft') AS status, currency,
        reporting.units(amount, currency) AS amount,
        reporting.units(coalesce(tax_amount, 0), currency) AS tax,
        reporting.units(coalesce(paid_amount, 0), currency) AS paid
    FROM supplier_invoice WHERE NOT deleted
    UNION ALL
    SELECT project_id, id, 'receivable', number::text, client, coalesce(kind, 'standard'), date, due,
        coalesce(status, 'draft'), currency, reporting.units(amount, currency),
        reporting.units(coalesce(tax_amount, 0), currency),
        reporting.units(coalesce(paid_amount, 0), currency)
    FROM client_invoice WHERE NOT deleted
-- next
COMMENT ON VIEW reporting.invoice IS 'Invoices of suppliers (payable) and to clients (receivable).'
-- next
CREATE VIEW reporting.payment WITH (security_invoker) AS
    SELECT project_id, id AS payment_id, invoice_id,
        CASE invoice_table WHEN 'supplier_invoice' THEN 'payable' ELSE 'receivable' END AS side,
        date, coalesce(status, 'scheduled') AS status, coalesce(kind, 'invoice') AS kind, method,
        reference, currency, reporting.units(amount, currency) AS amount
    FROM payment WHERE NOT deleted
-- next
COMMENT ON VIEW reporting.payment IS 'Payments made and received, scheduled ones among them.'
-- next
CREATE VIEW reporting.spending_day WITH (security_invoker) AS
    SELECT project_id, currency, day, reporting.units(amount, currency) AS amount,
        reporting.units(invoiced, currency) AS invoiced, expenses AS documents
    FROM expense_day WHERE expenses <> 0
-- next
COMMENT ON VIEW reporting.spending_day IS 'Actual cost by day: expenses and approved invoices.'
-- next
CREATE VIEW reporting.value_day WITH (security_invoker) AS
    SELECT figure.project_id, state.currency, figure.day, figure.figure,
        reporting.units(figure.amount, state.currency) AS amount,
        reporting.units((sum(figure.amount) OVER so_far)::bigint, state.currency) AS so_far
    FROM figure_day AS figure JOIN figure_state AS state ON state.project_id = figure.project_id
    WINDOW so_far AS (PARTITION BY figure.project_id, figure.figure ORDER BY figure.day)
-- next
COMMENT ON VIEW reporting.value_day IS 'Planned and earned value by day, by the baseline in force: PV and EV of the S-curve.'
-- next
CREATE VIEW reporting.daily_report WITH (security_invoker) AS
    SELECT project_id, id AS report_id, date, shift, coalesce(revision, 1) AS revision,
        coalesce(status, 'draft') AS status, weather, headcount,
        coalesce(worked_minutes, 0) / 60.0 AS hours_worked, author_id, approved_by
    FROM daily_report WHERE NOT deleted
-- next
COMMENT ON VIEW reporting.daily_report IS 'Daily reports of the sites.'
-- next
CREATE VIEW reporting.incident WITH (security_invoker) AS
    SELECT project_id, id AS incident_id, number, kind, severity, potential_severity, occurred_at,
        place, task_id, lost_days, coalesce(status, 'open') AS status
    FROM incident WHERE NOT deleted
-- next
COMMENT ON VIEW reporting.incident IS 'Incidents and near misses.'
-- next
GRANT USAGE ON SCHEMA reporting TO derrick_reader
-- next
GRANT SELECT ON reporting.project, reporting.task, reporting.budget_line, reporting.expense,
    reporting.purchase_order, reporting.invoice, reporting.payment, reporting.spending_day,
    reporting.value_day, reporting.daily_report, reporting.incident TO derrick_reader
-- next
-- First the person, then the right to read: a login that may read and stands for nobody could say
-- by a setting who it is.
CREATE FUNCTION reporting.let_in(login name, person uuid) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reporting.login (role, person_id) VALUES (login, person)
        ON CONFLICT (role) DO UPDATE SET person_id = excluded.person_id;
    EXECUTE format('GRANT derrick_reader TO %I', login);
    EXECUTE format('ALTER ROLE %I SET default_transaction_read_only = on', login);
END $$
-- next
COMMENT ON FUNCTION reporting.let_in(name, uuid) IS
    'Lets a login of PostgreSQL read the views with the rights of a person.'
