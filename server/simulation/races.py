"""Deliberate races: for every merge policy two devices that write the same thing unseen. Pure.

Each race is a morning: both devices synchronise, both write, both synchronise. What a guard must
refuse is played beside them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from server.simulation.script import (
    ACCOUNTANT,
    CLERK,
    MANAGER,
    SUPERVISOR,
    Device,
    Plan,
    Site,
    Step,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from random import Random

    Race = Callable[[int, str, Site, list[str], Random], Iterator[Step]]

BEFORE, DURING, AFTER = 6, 9, 12


def steps(plan: Plan, site: Site, devices: Sequence[Device], random: Random) -> Iterator[Step]:
    """Yield every race and every forbidden thing once, spread over the days."""
    crew = [device.name for device in devices if device.role == "employee"]
    early: list[Race] = [_latest, _maximum, _counter, _set, _text_apart, _workflow, _deletion]
    early.append(_write_once)
    # What waits for a person's decision is left to the last day: later writes would settle it.
    late: list[Race] = [_text, _permit]
    if site.lines:
        early.append(_overspending)
        late += [_review, _overpaying]
    days = [1 + number % plan.days for number in range(len(early))] + [plan.days] * len(late)
    for day, make in zip(days, [*early, *late], strict=True):
        task = random.choice(site.tasks).key
        yield from _meet(day, list(make(day, task, site, crew, random)))
    for number, (device, action, values) in enumerate(_forbidden(site, crew, random)):
        task = random.choice(site.tasks).key
        yield Step(1 + number % plan.days, DURING, device, action, task, values)


def _meet(day: int, writing: list[Step]) -> Iterator[Step]:
    """Surround writes with synchronisations of those who write."""
    writers = list(dict.fromkeys(step.device for step in writing))
    yield from (Step(day, BEFORE, name, "sync") for name in writers)
    yield from writing
    yield from (Step(day, AFTER, name, "sync") for name in writers)


def _both(day: int, task: str, names: Sequence[str], field: str, *values: Any) -> Iterator[Step]:
    for name, value in zip(names, values, strict=True):
        yield Step(day, DURING, name, "set", task, {"field": field, "to": value})


def _latest(day: int, task: str, _: Site, crew: list[str], random: Random) -> Iterator[Step]:
    hours = random.sample(range(5, 12), 2)
    times = [f"2026-01-05T{hour:02d}:00" for hour in hours]
    yield from _both(day, task, (crew[0], SUPERVISOR), "actual_start", *times)


def _maximum(day: int, task: str, _: Site, crew: list[str], random: Random) -> Iterator[Step]:
    low, high = sorted(random.sample(range(500, 10_000, 500), 2))
    yield from _both(day, task, (crew[0], SUPERVISOR), "progress", high, low)


def _counter(day: int, task: str, _: Site, crew: list[str], random: Random) -> Iterator[Step]:
    for name in (crew[0], crew[-1], SUPERVISOR):
        minutes = random.randrange(10, 90, 10)
        yield Step(day, DURING, name, "add", task, {"minutes": minutes})


def _set(day: int, task: str, _: Site, crew: list[str], __: Random) -> Iterator[Step]:
    yield Step(day, DURING, crew[0], "tags", task, {"add": ["grue", "nuit"], "drop": []})
    yield Step(day, DURING, SUPERVISOR, "tags", task, {"add": ["béton"], "drop": ["grue"]})
    yield Step(day, DURING, MANAGER, "assign", task, {"crew": 1})
    yield Step(day, DURING, SUPERVISOR, "assign", task, {"crew": 2})


def _text(day: int, task: str, _: Site, crew: list[str], __: Random) -> Iterator[Step]:
    """Rewrite one line in two ways: no merge of texts can have both."""
    common = {"field": "notes", "to": "Joint à contrôler."}
    yield Step(day, 5, SUPERVISOR, "set", task, common)
    yield Step(day, 5, SUPERVISOR, "sync")
    texts = ("Joint repris par l'équipe A.", "Joint refusé, à refaire par l'équipe B.")
    yield from _both(day, task, (crew[0], SUPERVISOR), "notes", *texts)


def _text_apart(day: int, task: str, _: Site, crew: list[str], __: Random) -> Iterator[Step]:
    for name, first in ((crew[0], True), (SUPERVISOR, False)):
        yield Step(day, DURING, name, "note", task, {"text": f"Vu par {name}.", "first": first})


def _workflow(day: int, task: str, _: Site, crew: list[str], __: Random) -> Iterator[Step]:
    yield from _both(day, task, (crew[0], SUPERVISOR), "status", "blocked", "done")


def _deletion(day: int, task: str, _: Site, crew: list[str], random: Random) -> Iterator[Step]:
    """Make a task, let everyone have it; then one deletes it while another works at it."""
    del task
    made = f"doublon-{day}"
    yield Step(day, 5, SUPERVISOR, "make_task", made, {"id": random.randbytes(10).hex()})
    yield Step(day, 5, SUPERVISOR, "sync")
    yield Step(day, DURING, SUPERVISOR, "delete_task", made)
    yield Step(day, DURING, crew[0], "add", made, {"minutes": 20})


def _write_once(day: int, _: str, __: Site, ___: list[str], ____: Random) -> Iterator[Step]:
    """Two write the report of the night before the play: the first author stands."""
    for name in (MANAGER, SUPERVISOR):
        values = {"day": 0, "shift": "night", "headcount": 7, "minutes": 600}
        values["work"] = f"Poste de nuit vu par {name}."
        yield Step(day, DURING, name, "report", "nuit", values)


def _review(day: int, _: str, site: Site, __: list[str], random: Random) -> Iterator[Step]:
    line = random.choice(site.lines).key
    for name, percent in ((MANAGER, 120), (ACCOUNTANT, 90)):
        yield Step(day, DURING, name, "line_amount", line, {"percent": percent})


def _overspending(day: int, _: str, site: Site, crew: list[str], random: Random) -> Iterator[Step]:
    """Spend from one line, unseen by each other, more than it has."""
    for name, permille in ((crew[0], 500), (SUPERVISOR, 350), (crew[-1], 300)):
        row = random.randbytes(10).hex()
        values = {"id": row, "line": site.lines[-1].key, "permille": permille}
        yield Step(day, DURING, name, "expense", "", {**values, "supplier": "Urgence"})


def _overpaying(day: int, _: str, __: Site, ___: list[str], random: Random) -> Iterator[Step]:
    """Two pay the whole of one invoice, unseen by each other: the second is refused."""
    for name in (ACCOUNTANT, CLERK):
        values = {"id": random.randbytes(10).hex(), "permille": 1_000, "fate": "paid"}
        yield Step(day, DURING, name, "pay", "", values)


def _permit(day: int, _: str, __: Site, ___: list[str], ____: Random) -> Iterator[Step]:
    """Activate at a desk what the supervisor's tablet was named for: no merge ever does that."""
    yield Step(day, DURING, MANAGER, "seize_permit")
    yield Step(day, DURING, SUPERVISOR, "advance_permits", "", {"count": 1, "steps": 1})


def _forbidden(
    site: Site, crew: list[str], random: Random
) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Yield what the server must refuse, each with its own code."""
    yield crew[0], "move_finish", {"days": 30}
    yield crew[-1], "set", {"field": "name", "to": "Renommée sans en avoir le droit"}
    if site.lines:
        ids = [random.randbytes(10).hex() for _ in range(2)]
        line = site.lines[-1].key
        common = {"line": line, "permille": 1, "supplier": "Inconnu"}
        yield crew[0], "expense", {"id": ids[0], **common, "currency": "ZZZ"}
        yield crew[-1], "expense", {"id": ids[1], **common, "currency": "JPY"}
    yield (
        SUPERVISOR,
        "comment",
        {
            "id": random.randbytes(10).hex(),
            "body": "Signé d'un autre nom.",
            "as": crew[0],
        },
    )
