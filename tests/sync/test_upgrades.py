"""Schema skew: older work is upgraded, newer work is kept, neither is refused for its age."""

from msgspec import structs

from sync.changes import Change, ChangeSet
from sync.schema import SCHEMA_VERSION
from sync.upgrades import UPGRADES, Upgrade, rename_field, upgrade
from tests.sync.model import ROW


def _in_minutes(change: Change) -> Change:
    if "hours" not in change.after:
        return change
    after = {**change.after, "minutes": change.after["hours"] * 60}
    del after["hours"]
    return structs.replace(change, after=after)


def _without_visits(change: Change) -> Change | None:
    return None if change.table == "visit" else change


STEPS = (
    Upgrade(1, rename_field("task", {"label": "name"})),
    Upgrade(2, _in_minutes),
    Upgrade(3, _without_visits),
)


def work(schema: int, table: str = "task") -> ChangeSet:
    """Build what an app of that version recorded."""
    change = Change("org", table, ROW, before={"label": "old"}, after={"label": "new", "hours": 2})
    return ChangeSet(7, 1_000, "task.edit", schema, [change])


def test_an_old_change_set_goes_through_every_step() -> None:
    """Steps are chained from the version it names; dot, time and intent stay."""
    upgraded = upgrade(work(1), to=4, upgrades=STEPS)
    assert upgraded is not None
    assert upgraded.changes[0].after == {"name": "new", "minutes": 120}
    assert upgraded.changes[0].before == {"name": "old"}
    assert (upgraded.counter, upgraded.time, upgraded.schema) == (7, 1_000, 4)


def test_steps_before_its_version_are_not_taken() -> None:
    """Work of version 2 is not renamed again."""
    upgraded = upgrade(work(2), to=4, upgrades=STEPS)
    assert upgraded is not None
    assert upgraded.changes[0].after == {"label": "new", "minutes": 120}


def test_newer_work_is_kept_as_it_is() -> None:
    """A change set from the future is untouched, its unknown fields with it."""
    newer = work(9)
    assert upgrade(newer, to=4, upgrades=STEPS) is newer


def test_a_missing_step_is_told() -> None:
    """Without a step from its version there is no upgrade: the answer is schema_unsupported."""
    assert upgrade(work(1), to=4, upgrades=STEPS[1:]) is None


def test_an_action_of_which_nothing_is_left_is_told() -> None:
    """A change set whose every change was dropped is not merged as an empty one."""
    assert upgrade(work(1, table="visit"), to=4, upgrades=STEPS) is None


def test_the_registered_steps_lead_to_this_version() -> None:
    """There is one step for each version before the current one."""
    assert [step.version for step in UPGRADES] == list(range(1, SCHEMA_VERSION))


def test_work_of_this_version_needs_no_step() -> None:
    """The current app's work passes unchanged."""
    current = work(SCHEMA_VERSION)
    assert upgrade(current) is current
