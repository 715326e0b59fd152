"""What people call the fields."""

from sync.labels import LABELS, label_of
from sync.tables import TABLES


def test_every_field_has_a_label_in_both_languages() -> None:
    """A field that is declared and not named in `sync.labels` would be shown as its code."""
    declared = {field.name for table in TABLES.values() for field in table.fields}
    assert sorted(declared - LABELS.keys()) == []
    assert all(fr and en for fr, en in LABELS.values())


def test_a_newer_clients_own_field_keeps_its_name() -> None:
    """Fields that this version does not know are kept, and shown as they are called."""
    assert label_of("from_the_future").fr == "from_the_future"
