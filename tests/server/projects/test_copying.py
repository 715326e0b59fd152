"""What a copy of a project leaves behind is named here, field by field: nothing else is."""

from __future__ import annotations

from server.projects.copying import COPIED
from sync.tables import TABLES

LEFT = {
    # Said in the order, or of the copy itself.
    "project": "code name status start finish data_date calendar_id template copied_from",
    "task": "status progress quantity_done_thousandths actual_start actual_finish "
    "remaining_minutes float_minutes assignees watchers hours_spent_minutes notes",
    "assignment": "actual_units",
    "budget": "status",
    # What it takes in which year is another project's calendar.
    "budget_line": "estimate_to_complete annual_amounts",
}
OF_THE_FILE = {"imported", "external_id", "project_id"}


def test_a_copy_takes_over_all_that_was_planned() -> None:
    """A field that is declared later is copied, or stands here as what is done, spent or said."""
    for table, taken in COPIED.items():
        declared = {one.name for one in TABLES[table].fields if not one.server} - OF_THE_FILE
        assert declared - {*taken} == {*LEFT.get(table, "").split()}, table
