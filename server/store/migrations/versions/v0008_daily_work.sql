ALTER TABLE project
    ADD COLUMN calendar_id UUID,
    ADD COLUMN template BOOLEAN,
    ADD COLUMN copied_from UUID,
    ADD COLUMN language TEXT,
    ADD COLUMN last_task_number BIGINT,
    ADD COLUMN last_incident_number BIGINT,
    ADD COLUMN last_punch_number BIGINT,
    ADD COLUMN last_permit_number BIGINT
-- next
ALTER TABLE project ADD CONSTRAINT project_language_known CHECK (language IN ('fr', 'en'))
-- next
ALTER TABLE calendar
    ADD COLUMN country TEXT,
    ADD COLUMN rotation_start DATE,
    ADD COLUMN rotation_days_on BIGINT,
    ADD COLUMN rotation_days_off BIGINT
-- next
ALTER TABLE task_link ADD COLUMN lag_calendar TEXT
-- next
ALTER TABLE task_link ADD CONSTRAINT task_link_lag_calendar_known CHECK (lag_calendar IN ('predecessor', 'successor', 'project', 'elapsed'))
-- next
ALTER TABLE task
    ADD COLUMN number BIGINT,
    ADD COLUMN progress_by TEXT,
    ADD COLUMN weight BIGINT,
    ADD COLUMN quantity_planned_thousandths BIGINT,
    ADD COLUMN quantity_done_thousandths BIGINT,
    ADD COLUMN quantity_unit TEXT,
    ADD COLUMN progress_rolled BIGINT,
    ADD COLUMN remaining_minutes BIGINT,
    ADD COLUMN constraint_kind TEXT,
    ADD COLUMN constraint_date TIMESTAMP WITHOUT TIME ZONE,
    ADD COLUMN early_start TIMESTAMP WITHOUT TIME ZONE,
    ADD COLUMN early_finish TIMESTAMP WITHOUT TIME ZONE,
    ADD COLUMN late_start TIMESTAMP WITHOUT TIME ZONE,
    ADD COLUMN late_finish TIMESTAMP WITHOUT TIME ZONE,
    ADD COLUMN total_float_minutes BIGINT,
    ADD COLUMN free_float_minutes BIGINT,
    ADD COLUMN critical BOOLEAN,
    ADD COLUMN baseline_start TIMESTAMP WITHOUT TIME ZONE,
    ADD COLUMN baseline_finish TIMESTAMP WITHOUT TIME ZONE,
    ADD COLUMN watchers UUID[]
-- next
ALTER TABLE task ADD CONSTRAINT task_progress_by_known CHECK (progress_by IN ('percent', 'quantity', 'duration', 'units', 'children'))
-- next
ALTER TABLE task ADD CONSTRAINT task_constraint_kind_known CHECK (constraint_kind IN ('start_no_earlier', 'start_no_later', 'start_on', 'finish_no_earlier', 'finish_no_later', 'finish_on', 'mandatory_start', 'mandatory_finish', 'as_late_as_possible'))
-- next
CREATE TABLE baseline (
    project_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT NOT NULL,
    reason TEXT,
    author_id UUID NOT NULL,
    number BIGINT,
    taken_at BIGINT,
    tasks BIGINT,
    deleted BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (project_id, id)
)
-- next
CREATE INDEX baseline_number ON baseline (project_id, number)
-- next
COMMENT ON INDEX baseline_number IS 'the baselines of a project, in order'
-- next
ALTER TABLE comment
    ADD COLUMN subject_table TEXT,
    ADD COLUMN subject_id UUID,
    ADD COLUMN mentions UUID[]
-- next
CREATE INDEX comment_subject_id ON comment (project_id, subject_id)
-- next
COMMENT ON INDEX comment_subject_id IS 'what was said of this thing'
-- next
CREATE TABLE checklist_item (
    project_id UUID NOT NULL,
    id UUID NOT NULL,
    task_id UUID NOT NULL,
    position BIGINT,
    label TEXT NOT NULL,
    mandatory BOOLEAN,
    deleted BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (project_id, id)
)
-- next
CREATE INDEX checklist_item_task_id_position ON checklist_item (project_id, task_id, position)
-- next
COMMENT ON INDEX checklist_item_task_id_position IS 'the checklist of a task, in order'
-- next
CREATE TABLE checklist_tick (
    project_id UUID NOT NULL,
    id UUID NOT NULL,
    item_id UUID NOT NULL,
    author_id UUID NOT NULL,
    ticked_at BIGINT NOT NULL,
    note TEXT,
    deleted BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (project_id, id)
)
-- next
CREATE INDEX checklist_tick_item_id ON checklist_tick (project_id, item_id)
-- next
COMMENT ON INDEX checklist_tick_item_id IS 'who ticked this item'
-- next
ALTER TABLE daily_report
    ADD COLUMN revision BIGINT,
    ADD COLUMN revises_id UUID,
    ADD COLUMN signature_id UUID,
    ADD COLUMN signed_name TEXT,
    ADD COLUMN contributors UUID[],
    ADD COLUMN lines_headcount BIGINT,
    ADD COLUMN lines_minutes BIGINT,
    ADD COLUMN approved_by UUID,
    ADD COLUMN approved_at BIGINT
-- next
CREATE TABLE report_line (
    project_id UUID NOT NULL,
    id UUID NOT NULL,
    report_id UUID NOT NULL,
    kind TEXT NOT NULL,
    label TEXT NOT NULL,
    company TEXT,
    count BIGINT,
    minutes BIGINT,
    state TEXT,
    cause TEXT,
    task_id UUID,
    quantity NUMERIC,
    unit TEXT,
    note TEXT,
    deleted BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (project_id, id),
    CONSTRAINT report_line_kind_known CHECK (kind IN ('labour', 'equipment', 'quantity', 'delivery', 'visitor', 'delay', 'safety')),
    CONSTRAINT report_line_state_known CHECK (state IN ('working', 'standby', 'breakdown'))
)
-- next
CREATE INDEX report_line_report_id_kind ON report_line (project_id, report_id, kind)
-- next
COMMENT ON INDEX report_line_report_id_kind IS 'the lines of a report'
-- next
CREATE TABLE incident (
    project_id UUID NOT NULL,
    id UUID NOT NULL,
    number BIGINT,
    kind TEXT NOT NULL,
    severity TEXT NOT NULL,
    potential_severity TEXT,
    occurred_at TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    place TEXT,
    task_id UUID,
    description TEXT,
    immediate_action TEXT,
    root_cause TEXT,
    lost_days BIGINT,
    status TEXT,
    author_id UUID NOT NULL,
    deleted BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (project_id, id),
    CONSTRAINT incident_kind_known CHECK (kind IN ('near_miss', 'unsafe_condition', 'first_aid', 'injury', 'environment', 'damage', 'fire', 'security')),
    CONSTRAINT incident_severity_known CHECK (severity IN ('minor', 'moderate', 'serious', 'major')),
    CONSTRAINT incident_potential_severity_known CHECK (potential_severity IN ('minor', 'moderate', 'serious', 'major')),
    CONSTRAINT incident_status_known CHECK (status IN ('open', 'investigating', 'closed'))
)
-- next
CREATE INDEX incident_occurred_at ON incident (project_id, occurred_at)
-- next
COMMENT ON INDEX incident_occurred_at IS 'the incidents of a site, newest first'
-- next
CREATE INDEX incident_status ON incident (project_id, status)
-- next
COMMENT ON INDEX incident_status IS 'the incidents that are not closed'
-- next
CREATE TABLE follow_up (
    project_id UUID NOT NULL,
    id UUID NOT NULL,
    subject_table TEXT,
    subject_id UUID,
    title TEXT NOT NULL,
    owner_id UUID,
    due DATE,
    status TEXT,
    result TEXT,
    author_id UUID NOT NULL,
    deleted BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (project_id, id),
    CONSTRAINT follow_up_status_known CHECK (status IN ('todo', 'in_progress', 'done', 'verified', 'cancelled'))
)
-- next
CREATE INDEX follow_up_owner_id_due ON follow_up (project_id, owner_id, due)
-- next
COMMENT ON INDEX follow_up_owner_id_due IS 'what someone has to do, by date'
-- next
CREATE INDEX follow_up_subject_id ON follow_up (project_id, subject_id)
-- next
COMMENT ON INDEX follow_up_subject_id IS 'what follows from this incident or report'
-- next
CREATE TABLE punch_item (
    project_id UUID NOT NULL,
    id UUID NOT NULL,
    number BIGINT,
    title TEXT NOT NULL,
    place TEXT,
    task_id UUID,
    description TEXT,
    priority TEXT,
    due DATE,
    company TEXT,
    owner_id UUID,
    status TEXT,
    resolved_by UUID,
    verified_by UUID,
    author_id UUID NOT NULL,
    deleted BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (project_id, id),
    CONSTRAINT punch_item_priority_known CHECK (priority IN ('low', 'normal', 'high', 'blocking')),
    CONSTRAINT punch_item_status_known CHECK (status IN ('open', 'in_progress', 'resolved', 'verified', 'closed'))
)
-- next
CREATE INDEX punch_item_status_due ON punch_item (project_id, status, due)
-- next
COMMENT ON INDEX punch_item_status_due IS 'the punch list of a site, by state'
-- next
CREATE INDEX punch_item_task_id ON punch_item (project_id, task_id)
-- next
COMMENT ON INDEX punch_item_task_id IS 'what is left to mend on this task'
-- next
CREATE TABLE permit (
    project_id UUID NOT NULL,
    id UUID NOT NULL,
    number BIGINT,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    place TEXT NOT NULL,
    work TEXT NOT NULL,
    hazards TEXT,
    precautions TEXT,
    task_id UUID,
    valid_from TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    valid_until TIMESTAMP WITHOUT TIME ZONE NOT NULL,
    status TEXT,
    reason TEXT,
    authority_replica TEXT,
    author_id UUID NOT NULL,
    holder_id UUID,
    assessed_by UUID,
    authorised_by UUID,
    issued_by UUID,
    activated_by UUID,
    handed_back_by UUID,
    closed_by UUID,
    activated_at BIGINT,
    deleted BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (project_id, id),
    CONSTRAINT permit_kind_known CHECK (kind IN ('hot_work', 'cold_work', 'confined_space', 'excavation', 'work_at_height', 'lifting', 'radiography', 'isolation')),
    CONSTRAINT permit_status_known CHECK (status IN ('requested', 'assessed', 'authorised', 'issued', 'active', 'suspended', 'handed_back', 'closed', 'refused', 'cancelled'))
)
-- next
CREATE INDEX permit_status_valid_until ON permit (project_id, status, valid_until)
-- next
COMMENT ON INDEX permit_status_valid_until IS 'the permits of a site, by state and end'
-- next
CREATE INDEX permit_task_id ON permit (project_id, task_id)
-- next
COMMENT ON INDEX permit_task_id IS 'the permits for this task'
-- next
ALTER TABLE budget
    ADD COLUMN status TEXT,
    ADD COLUMN original_amount BIGINT,
    ADD COLUMN version BIGINT,
    ADD COLUMN locked_at BIGINT,
    ADD COLUMN committed BIGINT,
    ADD COLUMN forecast BIGINT
-- next
ALTER TABLE budget ADD CONSTRAINT budget_status_known CHECK (status IN ('draft', 'locked'))
-- next
ALTER TABLE budget_line
    ADD COLUMN kind TEXT,
    ADD COLUMN estimate_to_complete BIGINT,
    ADD COLUMN original_amount BIGINT,
    ADD COLUMN committed BIGINT,
    ADD COLUMN forecast BIGINT
-- next
ALTER TABLE budget_line ADD CONSTRAINT budget_line_kind_known CHECK (kind IN ('cost', 'contingency'))
-- next
CREATE TABLE budget_version (
    project_id UUID NOT NULL,
    id UUID NOT NULL,
    budget_id UUID NOT NULL,
    number BIGINT,
    amount BIGINT,
    cause TEXT,
    request_id UUID,
    made_at BIGINT,
    lines JSONB,
    deleted BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (project_id, id),
    CONSTRAINT budget_version_cause_known CHECK (cause IN ('locked', 'request'))
)
-- next
CREATE INDEX budget_version_budget_id_number ON budget_version (project_id, budget_id, number)
-- next
COMMENT ON INDEX budget_version_budget_id_number IS 'the versions of a budget'
-- next
CREATE TABLE finance_settings (
    project_id UUID NOT NULL,
    id UUID NOT NULL,
    control_request TEXT,
    control_order TEXT,
    control_actual TEXT,
    control_sum TEXT,
    match_tolerance_basis_points BIGINT,
    match_tolerance_amount BIGINT,
    receipt_required_from BIGINT,
    retention_basis_points BIGINT,
    payment_days BIGINT,
    client TEXT,
    contract_amount BIGINT,
    last_request_number BIGINT,
    last_order_number BIGINT,
    last_invoice_number BIGINT,
    deleted BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (project_id, id),
    CONSTRAINT finance_settings_control_request_known CHECK (control_request IN ('stop', 'warn', 'ignore')),
    CONSTRAINT finance_settings_control_order_known CHECK (control_order IN ('stop', 'warn', 'ignore')),
    CONSTRAINT finance_settings_control_actual_known CHECK (control_actual IN ('stop', 'warn', 'ignore')),
    CONSTRAINT finance_settings_control_sum_known CHECK (control_sum IN ('stop', 'warn', 'ignore'))
)
-- next
CREATE TABLE approval_rule (
    project_id UUID NOT NULL,
    id UUID NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    category TEXT,
    amount_from BIGINT,
    amount_below BIGINT,
    level BIGINT NOT NULL,
    role TEXT,
    person_id UUID,
    active BOOLEAN,
    deleted BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (project_id, id),
    CONSTRAINT approval_rule_kind_known CHECK (kind IN ('budget_request', 'purchase_order', 'supplier_invoice', 'client_invoice')),
    CONSTRAINT approval_rule_role_known CHECK (role IN ('administrator', 'manager', 'accountant', 'supervisor', 'employee', 'auditor'))
)
-- next
CREATE INDEX approval_rule_kind_level ON approval_rule (project_id, kind, level)
-- next
COMMENT ON INDEX approval_rule_kind_level IS 'who approves this kind, level by level'
-- next
CREATE TABLE budget_request (
    project_id UUID NOT NULL,
    id UUID NOT NULL,
    number BIGINT,
    kind TEXT NOT NULL,
    title TEXT NOT NULL,
    reason TEXT,
    budget_id UUID NOT NULL,
    budget_line_id UUID NOT NULL,
    source_line_id UUID,
    amount BIGINT NOT NULL,
    category TEXT,
    needed_by DATE,
    status TEXT,
    author_id UUID NOT NULL,
    submitted_at BIGINT,
    round BIGINT,
    level BIGINT,
    levels BIGINT,
    approvals_needed JSONB,
    waiting_since BIGINT,
    decided_at BIGINT,
    decision_reason TEXT,
    deleted BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (project_id, id),
    CONSTRAINT budget_request_kind_known CHECK (kind IN ('increase', 'transfer', 'contingency')),
    CONSTRAINT budget_request_status_known CHECK (status IN ('draft', 'returned', 'submitted', 'in_review', 'withdrawn', 'rejected', 'approved'))
)
-- next
CREATE INDEX budget_request_status_waiting_since ON budget_request (project_id, status, waiting_since)
-- next
COMMENT ON INDEX budget_request_status_waiting_since IS 'the requests of a project, by state'
-- next
CREATE TABLE approval (
    project_id UUID NOT NULL,
    id UUID NOT NULL,
    subject_table TEXT NOT NULL,
    subject_id UUID NOT NULL,
    round BIGINT NOT NULL,
    level BIGINT NOT NULL,
    amount BIGINT NOT NULL,
    decision TEXT NOT NULL,
    reason TEXT,
    author_id UUID NOT NULL,
    on_behalf_of UUID,
    role TEXT,
    deleted BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (project_id, id),
    CONSTRAINT approval_subject_table_known CHECK (subject_table IN ('budget_request', 'purchase_order', 'supplier_invoice', 'client_invoice')),
    CONSTRAINT approval_decision_known CHECK (decision IN ('approved', 'rejected', 'returned')),
    CONSTRAINT approval_role_known CHECK (role IN ('administrator', 'manager', 'accountant', 'supervisor', 'employee', 'auditor'))
)
-- next
CREATE INDEX approval_subject_id_round_level ON approval (project_id, subject_id, round, level)
-- next
COMMENT ON INDEX approval_subject_id_round_level IS 'what was decided of this'
-- next
CREATE TABLE delegation (
    id UUID NOT NULL,
    person_id UUID NOT NULL,
    delegate_id UUID NOT NULL,
    project_id UUID,
    kinds TEXT[],
    amount_below BIGINT,
    currency TEXT,
    start DATE NOT NULL,
    finish DATE NOT NULL,
    ended BOOLEAN,
    deleted BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (id)
)
-- next
CREATE INDEX delegation_delegate_id_finish ON delegation (delegate_id, finish)
-- next
COMMENT ON INDEX delegation_delegate_id_finish IS 'for whom does this person stand in'
-- next
CREATE INDEX delegation_person_id_finish ON delegation (person_id, finish)
-- next
COMMENT ON INDEX delegation_person_id_finish IS 'who stands in for this person'
-- next
CREATE TABLE purchase_order (
    project_id UUID NOT NULL,
    id UUID NOT NULL,
    number BIGINT,
    reference TEXT,
    supplier TEXT NOT NULL,
    title TEXT NOT NULL,
    description TEXT,
    budget_line_id UUID,
    task_id UUID,
    category TEXT,
    date DATE NOT NULL,
    delivery_date DATE,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    status TEXT,
    author_id UUID NOT NULL,
    amount_converted BIGINT,
    rate NUMERIC,
    rate_date DATE,
    round BIGINT,
    level BIGINT,
    levels BIGINT,
    approvals_needed JSONB,
    waiting_since BIGINT,
    decided_at BIGINT,
    decision_reason TEXT,
    invoiced BIGINT,
    committed BIGINT,
    deleted BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (project_id, id),
    CONSTRAINT purchase_order_status_known CHECK (status IN ('draft', 'submitted', 'approved', 'closed', 'cancelled'))
)
-- next
CREATE INDEX purchase_order_budget_line_id ON purchase_order (project_id, budget_line_id)
-- next
COMMENT ON INDEX purchase_order_budget_line_id IS 'the orders on a budget line'
-- next
CREATE INDEX purchase_order_status_date ON purchase_order (project_id, status, date)
-- next
COMMENT ON INDEX purchase_order_status_date IS 'the orders of a project, by state'
-- next
ALTER TABLE expense
    ADD COLUMN order_id UUID,
    ADD COLUMN invoice_id UUID,
    ADD COLUMN tax_amount BIGINT,
    ADD COLUMN category TEXT,
    ADD COLUMN receipt_id UUID,
    ADD COLUMN receipt_hash TEXT,
    ADD COLUMN over_budget BIGINT,
    ADD COLUMN duplicate_of UUID
-- next
ALTER TABLE expense DROP CONSTRAINT expense_status_known, ADD CONSTRAINT expense_status_known CHECK (status IN ('draft', 'submitted', 'approved', 'refused', 'posted', 'paid'))
-- next
DROP INDEX expense_date
-- next
CREATE INDEX expense_date_amount ON expense (project_id, date, amount)
-- next
COMMENT ON INDEX expense_date_amount IS 'the ledger, by date; was this recorded before'
-- next
CREATE INDEX expense_receipt_hash ON expense (project_id, receipt_hash)
-- next
COMMENT ON INDEX expense_receipt_hash IS 'was this receipt used before'
-- next
CREATE INDEX expense_invoice_id ON expense (project_id, invoice_id)
-- next
COMMENT ON INDEX expense_invoice_id IS 'which expenses an invoice covers'
-- next
CREATE INDEX expense_order_id ON expense (project_id, order_id)
-- next
COMMENT ON INDEX expense_order_id IS 'what was spent against an order'
-- next
CREATE TABLE supplier_invoice (
    project_id UUID NOT NULL,
    id UUID NOT NULL,
    reference TEXT NOT NULL,
    supplier TEXT NOT NULL,
    kind TEXT,
    corrects_id UUID,
    order_id UUID,
    budget_line_id UUID,
    task_id UUID,
    category TEXT,
    date DATE NOT NULL,
    due DATE,
    amount BIGINT NOT NULL,
    tax_amount BIGINT,
    currency TEXT NOT NULL,
    retention_basis_points BIGINT,
    retention_due DATE,
    document_id UUID,
    status TEXT,
    author_id UUID NOT NULL,
    amount_converted BIGINT,
    rate NUMERIC,
    rate_date DATE,
    round BIGINT,
    level BIGINT,
    levels BIGINT,
    approvals_needed JSONB,
    waiting_since BIGINT,
    decided_at BIGINT,
    decision_reason TEXT,
    match_state TEXT,
    match_difference BIGINT,
    retention_amount BIGINT,
    credited_amount BIGINT,
    paid_amount BIGINT,
    retention_paid BIGINT,
    deleted BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (project_id, id),
    CONSTRAINT supplier_invoice_kind_known CHECK (kind IN ('invoice', 'credit_note')),
    CONSTRAINT supplier_invoice_status_known CHECK (status IN ('draft', 'pending', 'approved', 'paid', 'cancelled')),
    CONSTRAINT supplier_invoice_match_state_known CHECK (match_state IN ('matched', 'tolerated', 'over', 'unmatched'))
)
-- next
CREATE INDEX supplier_invoice_budget_line_id ON supplier_invoice (project_id, budget_line_id)
-- next
COMMENT ON INDEX supplier_invoice_budget_line_id IS 'the invoices on a budget line'
-- next
CREATE INDEX supplier_invoice_order_id ON supplier_invoice (project_id, order_id)
-- next
COMMENT ON INDEX supplier_invoice_order_id IS 'the invoices on an order'
-- next
CREATE INDEX supplier_invoice_status_due ON supplier_invoice (project_id, status, due)
-- next
COMMENT ON INDEX supplier_invoice_status_due IS 'what has to be paid, by date'
-- next
CREATE INDEX supplier_invoice_supplier_reference ON supplier_invoice (project_id, supplier, reference)
-- next
COMMENT ON INDEX supplier_invoice_supplier_reference IS 'was this invoice entered before'
-- next
CREATE TABLE client_invoice (
    project_id UUID NOT NULL,
    id UUID NOT NULL,
    number BIGINT,
    kind TEXT,
    client TEXT NOT NULL,
    title TEXT NOT NULL,
    category TEXT,
    corrects_id UUID,
    period_start DATE,
    period_finish DATE,
    date DATE NOT NULL,
    due DATE,
    currency TEXT NOT NULL,
    rounding TEXT,
    rounding_mode TEXT,
    retention_basis_points BIGINT,
    retention_due DATE,
    status TEXT,
    author_id UUID NOT NULL,
    round BIGINT,
    level BIGINT,
    levels BIGINT,
    approvals_needed JSONB,
    waiting_since BIGINT,
    decided_at BIGINT,
    decision_reason TEXT,
    issued_at BIGINT,
    amount BIGINT,
    tax_amount BIGINT,
    retention_amount BIGINT,
    credited_amount BIGINT,
    paid_amount BIGINT,
    retention_paid BIGINT,
    deleted BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (project_id, id),
    CONSTRAINT client_invoice_kind_known CHECK (kind IN ('standard', 'progress', 'retention', 'credit_note')),
    CONSTRAINT client_invoice_rounding_known CHECK (rounding IN ('line', 'total')),
    CONSTRAINT client_invoice_rounding_mode_known CHECK (rounding_mode IN ('half_up', 'half_even', 'down', 'up')),
    CONSTRAINT client_invoice_status_known CHECK (status IN ('draft', 'pending', 'approved', 'paid', 'cancelled'))
)
-- next
CREATE INDEX client_invoice_number ON client_invoice (project_id, number)
-- next
COMMENT ON INDEX client_invoice_number IS 'the invoices of a project, by number'
-- next
CREATE INDEX client_invoice_status_due ON client_invoice (project_id, status, due)
-- next
COMMENT ON INDEX client_invoice_status_due IS 'what clients still owe, by date'
-- next
CREATE TABLE invoice_line (
    project_id UUID NOT NULL,
    id UUID NOT NULL,
    invoice_id UUID NOT NULL,
    position BIGINT,
    description TEXT NOT NULL,
    task_id UUID,
    item_code TEXT,
    unit TEXT,
    quantity NUMERIC,
    unit_price NUMERIC,
    contract_amount BIGINT,
    reached_basis_points BIGINT,
    tax_basis_points BIGINT,
    previous_amount BIGINT,
    amount BIGINT,
    tax_amount BIGINT,
    deleted BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (project_id, id)
)
-- next
CREATE INDEX invoice_line_invoice_id_position ON invoice_line (project_id, invoice_id, position)
-- next
COMMENT ON INDEX invoice_line_invoice_id_position IS 'the lines of an invoice, in order'
-- next
CREATE INDEX invoice_line_item_code ON invoice_line (project_id, item_code)
-- next
COMMENT ON INDEX invoice_line_item_code IS 'what was billed of an item before'
-- next
CREATE TABLE payment (
    project_id UUID NOT NULL,
    id UUID NOT NULL,
    invoice_table TEXT NOT NULL,
    invoice_id UUID NOT NULL,
    date DATE NOT NULL,
    amount BIGINT NOT NULL,
    currency TEXT NOT NULL,
    kind TEXT,
    method TEXT,
    reference TEXT,
    status TEXT,
    reason TEXT,
    author_id UUID NOT NULL,
    deleted BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (project_id, id),
    CONSTRAINT payment_invoice_table_known CHECK (invoice_table IN ('supplier_invoice', 'client_invoice')),
    CONSTRAINT payment_kind_known CHECK (kind IN ('invoice', 'retention')),
    CONSTRAINT payment_method_known CHECK (method IN ('transfer', 'cheque', 'cash', 'card', 'other')),
    CONSTRAINT payment_status_known CHECK (status IN ('scheduled', 'cancelled', 'paid', 'reversed'))
)
-- next
CREATE INDEX payment_invoice_id ON payment (project_id, invoice_id)
-- next
COMMENT ON INDEX payment_invoice_id IS 'the payments of an invoice'
-- next
CREATE INDEX payment_status_date ON payment (project_id, status, date)
-- next
COMMENT ON INDEX payment_status_date IS 'what is to be paid, by date'
-- next
ALTER TABLE alert
    ADD COLUMN muted_until DATE,
    ADD COLUMN escalation BIGINT,
    ADD COLUMN escalated_at BIGINT
-- next
ALTER TABLE alert DROP CONSTRAINT alert_rule_known, ADD CONSTRAINT alert_rule_known CHECK (rule IN ('budget_threshold', 'budget_line_threshold', 'task_overdue', 'task_due', 'task_past_project_end', 'task_critical_slip', 'milestone_at_risk', 'budget_committed', 'budget_forecast', 'cost_index_low', 'schedule_index_low', 'off_budget', 'expense_over_line', 'request_waiting', 'report_missing', 'permit_expiring', 'invoice_due', 'follow_up_overdue', 'device_silent'))
-- next
CREATE TABLE alert_rule (
    id UUID NOT NULL,
    rule TEXT NOT NULL,
    project_id UUID,
    enabled BOOLEAN,
    level TEXT,
    thresholds JSONB,
    lead_days JSONB,
    horizon_days BIGINT,
    bound NUMERIC,
    wait_hours BIGINT,
    roles TEXT[],
    escalate_hours BIGINT,
    escalate_roles TEXT[],
    deleted BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT alert_rule_rule_known CHECK (rule IN ('budget_threshold', 'budget_line_threshold', 'task_overdue', 'task_due', 'task_past_project_end', 'task_critical_slip', 'milestone_at_risk', 'budget_committed', 'budget_forecast', 'cost_index_low', 'schedule_index_low', 'off_budget', 'expense_over_line', 'request_waiting', 'report_missing', 'permit_expiring', 'invoice_due', 'follow_up_overdue', 'device_silent')),
    CONSTRAINT alert_rule_level_known CHECK (level IN ('information', 'warning', 'critical'))
)
-- next
CREATE INDEX alert_rule_project_id_rule ON alert_rule (project_id, rule)
-- next
COMMENT ON INDEX alert_rule_project_id_rule IS 'how this rule stands in this project'
-- next
SELECT protect_table(name, reading_rule('org', 'id'))
FROM unnest('{delegation,alert_rule}'::regclass[])
    AS name
-- next
SELECT protect_table(name, reading_rule('project', 'project_id'))
FROM unnest('{baseline,checklist_item,checklist_tick,report_line,incident,follow_up,punch_item,permit}'::regclass[])
    AS name
-- next
SELECT protect_table(name, reading_rule('finance', 'project_id'))
FROM unnest('{budget_version,finance_settings,approval_rule,budget_request,approval,purchase_order,supplier_invoice,client_invoice,invoice_line,payment}'::regclass[])
    AS name
-- next
CREATE TABLE notification (
    person_id UUID NOT NULL,
    id UUID NOT NULL,
    kind TEXT NOT NULL,
    urgent BOOLEAN,
    project_id UUID,
    subject_table TEXT,
    subject_id UUID,
    alert_id UUID,
    count BIGINT,
    title TEXT,
    body TEXT,
    reason TEXT,
    actor_id UUID,
    channels TEXT[],
    made_at BIGINT,
    sent_at BIGINT,
    ring_at BIGINT,
    repeats BIGINT,
    repeated_at BIGINT,
    delivered_at BIGINT,
    read_at BIGINT,
    acknowledged_at BIGINT,
    deleted BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (person_id, id),
    CONSTRAINT notification_kind_known CHECK (kind IN ('alert', 'approval', 'assignment', 'deadline', 'digest', 'escalation', 'mention', 'safety', 'watching')),
    CONSTRAINT notification_reason_known CHECK (reason IN ('assigned', 'author', 'escalated', 'member', 'mentioned', 'owner', 'role', 'subscribed', 'watching'))
)
-- next
CREATE INDEX notification_read_at_made_at ON notification (person_id, read_at, made_at)
-- next
COMMENT ON INDEX notification_read_at_made_at IS 'what someone has not read yet'
-- next
CREATE INDEX notification_unacknowledged ON notification (repeated_at)
    WHERE urgent AND acknowledged_at IS NULL AND NOT deleted
-- next
COMMENT ON INDEX notification_unacknowledged IS 'which urgent notices nobody has acknowledged yet'
-- next
CREATE TABLE notice_preference (
    person_id UUID NOT NULL,
    id UUID NOT NULL,
    kind TEXT,
    app BOOLEAN,
    email BOOLEAN,
    sms BOOLEAN,
    quiet_from TEXT,
    quiet_until TEXT,
    deleted BOOLEAN DEFAULT false NOT NULL,
    PRIMARY KEY (person_id, id),
    CONSTRAINT notice_preference_kind_known CHECK (kind IN ('alert', 'approval', 'assignment', 'deadline', 'digest', 'escalation', 'mention', 'safety', 'watching'))
)
-- next
CREATE INDEX notice_preference_kind ON notice_preference (person_id, kind)
-- next
COMMENT ON INDEX notice_preference_kind IS 'how this kind of notice reaches this person'
-- next
SELECT protect_table(name, 'person_id = (SELECT reader_id()) AND (SELECT reader_role()) IS NOT NULL')
FROM unnest('{notification,notice_preference}'::regclass[])
    AS name
