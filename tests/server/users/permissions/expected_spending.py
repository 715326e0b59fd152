"""The matrix of approvals, orders, invoices and rules: written out by hand, like `expected`."""

from __future__ import annotations

from tests.server.users.permissions.expecting import ALL, CREW, DECIDE, MONEY, NOBODY, Expected

SPENDING = {
    "budget_version": Expected(
        read="AMCSU",
        create=NOBODY,
        delete=NOBODY,
        fields={
            NOBODY: "project_id budget_id number amount cause request_id made_at lines",
        },
    ),
    "finance_settings": Expected(
        read="AMCSU",
        create=MONEY,
        delete=NOBODY,
        fields={
            MONEY: "control_request control_order control_actual control_sum "
            "annual_request annual_order annual_actual annual_sum fiscal_year_month "
            "match_tolerance_basis_points match_tolerance_amount "
            "receipt_required_from small_below retention_basis_points payment_days client "
            "contract_amount",
            NOBODY: "project_id last_request_number last_order_number last_invoice_number",
        },
    ),
    "approval_rule": Expected(
        read="AMCSU",
        create="AM",
        delete="AM",
        fields={
            "AM": "name kind category amount_from amount_below level role person_id active",
            NOBODY: "project_id",
        },
    ),
    "budget_request": Expected(
        read="AMCSU",
        create=DECIDE,
        delete="AM",
        delete_own=DECIDE,
        fields={
            "AM": "kind title reason budget_line_id source_line_id amount annual_year category "
            "needed_by",
            NOBODY: "project_id number budget_id author_id status submitted_at round level levels "
            "approvals_needed waiting_since decided_at decision_reason",
        },
        own_fields={
            DECIDE: "kind title reason budget_line_id source_line_id amount annual_year category "
            "needed_by status",
            NOBODY: "project_id number budget_id author_id submitted_at round level levels "
            "approvals_needed waiting_since decided_at decision_reason",
        },
    ),
    "approval": Expected(
        read="AMCSU",
        create=DECIDE,
        delete=NOBODY,
        delete_own=NOBODY,
        fields={
            NOBODY: "project_id subject_table subject_id round level amount decision reason "
            "author_id on_behalf_of role",
        },
    ),
    "delegation": Expected(
        read=ALL,
        create=CREW,
        delete=NOBODY,
        fields={
            "A": "kinds amount_below currency start finish ended",
            NOBODY: "person_id delegate_id project_id",
        },
        own_fields={
            CREW: "kinds amount_below currency start finish ended",
            NOBODY: "person_id delegate_id project_id",
        },
    ),
    "purchase_order": Expected(
        read="AMCSU",
        create=DECIDE,
        delete=MONEY,
        fields={
            DECIDE: "reference supplier title description budget_line_id task_id category "
            "date delivery_date amount currency status",
            NOBODY: "project_id number author_id amount_converted rate rate_date round level "
            "levels approvals_needed waiting_since decided_at decision_reason invoiced committed",
        },
    ),
    "supplier_invoice": Expected(
        read="AMCSU",
        create=MONEY,
        delete=MONEY,
        fields={
            MONEY: "reference supplier kind order_id budget_line_id task_id category date "
            "due amount tax_amount currency retention_basis_points retention_due "
            "document_id status",
            NOBODY: "project_id corrects_id author_id amount_converted rate rate_date round "
            "level levels approvals_needed waiting_since decided_at decision_reason match_state "
            "match_difference retention_amount credited_amount paid_amount retention_paid",
        },
    ),
    "client_invoice": Expected(
        read="AMCSU",
        create=MONEY,
        delete=MONEY,
        fields={
            MONEY: "client title category period_start period_finish date due "
            "retention_basis_points retention_due status",
            NOBODY: "project_id number kind corrects_id currency rounding rounding_mode author_id "
            "round level levels approvals_needed waiting_since decided_at decision_reason "
            "issued_at amount amount_converted rate rate_date tax_amount retention_amount "
            "credited_amount paid_amount retention_paid",
        },
    ),
    "invoice_line": Expected(
        read="AMCSU",
        create=MONEY,
        delete=MONEY,
        fields={
            MONEY: "position description task_id item_code unit quantity unit_price "
            "contract_amount reached_basis_points tax_basis_points",
            NOBODY: "project_id invoice_id previous_amount amount tax_amount",
        },
    ),
    "payment": Expected(
        read="AMCSU",
        create="AC",
        delete="AC",
        fields={
            "AC": "date method reference status reason",
            NOBODY: "project_id invoice_table invoice_id amount currency kind author_id",
        },
    ),
    "alert_rule": Expected(
        read=ALL,
        create="AM",
        delete="AM",
        fields={
            "AM": "enabled level thresholds lead_days horizon_days bound wait_hours roles "
            "escalate_hours escalate_roles",
            NOBODY: "rule project_id",
        },
    ),
}
