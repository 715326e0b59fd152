"""The script of a play: pure, complete, and different for every seed."""

from __future__ import annotations

from collections import Counter

import pytest

from server.simulation import Plan, Script, Site, SiteLine, SiteTask, write_script
from server.simulation.people import make_people
from server.simulation.script import cast

SITE = Site(
    project="0190a0de-0000-7000-8000-000000000001",
    code="P",
    currency="XAF",
    tasks=tuple(SiteTask(f"T{number}", f"row-{number}") for number in range(20)),
    lines=tuple(SiteLine(f"L{number}", f"line-{number}", 1_000_000, "XAF") for number in range(3)),
)


def plan(seed: int = 1, *, faults: bool = True) -> Plan:
    """Return a plan of a week on eight tablets."""
    return Plan(tablets=8, days=7, seed=seed, start="2026-01-05", faults=faults)


def test_the_same_seed_writes_the_same_script() -> None:
    """A script depends on plan and site alone; its digest tells equal scripts."""
    first, again = write_script(plan(), SITE), write_script(plan(), SITE)
    assert list(first.lines()) == list(again.lines())
    assert first.digest == again.digest
    assert write_script(plan(2), SITE).digest != first.digest


def test_every_kind_of_mishap_and_race_is_in_it() -> None:
    """Links break in each way, a file is restored, a tablet cloned and one shared."""
    script = write_script(plan(), SITE)
    actions = Counter(step.action for step in script.steps)
    assert {"backup", "restore", "clone", "delete_task", "line_amount"} <= actions.keys()
    faults = {fault for step in script.steps for fault in step.values.get("faults", ())}
    assert {"cut_after", "cut_before", "repeat", "slow"} <= faults
    tablets = Counter(device.tablet for device in script.devices)
    assert max(tablets.values()) == 2
    assert {"always", "evenings", "weekly", "never"} <= {one.rhythm for one in script.devices}
    assert any(device.drift_ms for device in script.devices)


def test_without_faults_only_people_disturb_each_other() -> None:
    """`faults=False` leaves links, files and clocks sound, and the races in."""
    script = write_script(plan(faults=False), SITE)
    assert not any(step.values.get("faults") for step in script.steps)
    assert not {"backup", "restore", "clone"} & {step.action for step in script.steps}
    assert not any(device.drift_ms for device in script.devices)
    assert any(step.action == "delete_task" for step in script.steps)


def test_steps_come_in_order_and_only_from_known_devices() -> None:
    """Days and hours never go back; each step's device is of the cast or cloned before."""
    script = write_script(plan(), SITE)
    moments = [(step.day, step.hour) for step in script.steps]
    assert moments == sorted(moments)
    known = {device.name for device in script.devices}
    for step in script.steps:
        assert step.device in known
        if step.action == "clone":
            known.add(step.about)


@pytest.mark.parametrize(("tablets", "days"), [(2, 1), (3, 0)])
def test_too_small_a_play_is_refused(tablets: int, days: int) -> None:
    """Fewer than three tablets or no day at all is an error, not an empty proof."""
    with pytest.raises(ValueError, match="three tablets"):
        write_script(Plan(tablets, days, 1, "2026-01-05"), SITE)


def test_people_come_from_the_seed() -> None:
    """Names, logins and phones are French, made up, unique, and the same for the same seed."""
    devices = cast(plan())
    people = make_people(devices, 5)
    assert people == make_people(devices, 5)
    assert people != make_people(devices, 6)
    assert len({person.login for person in people}) == len(devices)


def test_a_site_without_budget_can_be_played() -> None:
    """Without lines nobody spends, and the rest goes on."""
    bare = Site(SITE.project, "P", "XAF", SITE.tasks, ())
    script: Script = write_script(plan(), bare)
    assert not {"expense", "line_amount"} & {step.action for step in script.steps}
