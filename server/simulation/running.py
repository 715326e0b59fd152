"""Composes a play: found the site, write the script, play it, heal, prove. Read it downwards."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from hashlib import sha256
from typing import TYPE_CHECKING

from msgspec import Struct

from server.simulation.device import PlayedDevice
from server.simulation.doing import Scene
from server.simulation.faulty_link import FaultyLink
from server.simulation.founding import FoundingError, find_site, let_in, open_site
from server.simulation.people import make_people
from server.simulation.playing import HealingError, Player
from server.simulation.proof import Difference, Held, differences
from server.simulation.report import Outcome
from server.simulation.script import Plan, Script, Site, write_script
from server.simulation.truth import ScopeTruth, Truth, read_truth
from sync.tables import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path

    from server.simulation.people import Person
    from sync.replica import Transport

ADMINISTRATOR, FRESH = "administration", "neuf"
CLONE_DRIFT_MS = 17_000


class SimulationError(Exception):
    """The play could not begin or could not end; the sentence is for people and names the seed."""


class Simulation(Struct, frozen=True):
    """Where a play takes place."""

    server: str
    folder: Path
    """The replicas' files are made here; it exists and is empty."""
    administrator: str
    """Id of the person who lets the players in."""
    connect: Callable[[str], Transport]
    """Id of a person -> a way to the server for them; closed by who made it."""
    clock: Callable[[], int]
    """The devices' clocks are this one, each off by its own drift; milliseconds since 1970."""
    database_url: str | None = None
    """Reads the truth; without it a fresh replica stands for the server."""
    one_login: bool = False
    """All devices are the administrator's own: where no key signs tokens for the others."""
    concurrent: bool = True
    """Devices act side by side. Without, all requests come in one order, and with a clock of the
    caller's, and a server in this process on the same clock, a seed replays to the last byte."""
    on_progress: Callable[[str, int], None] = lambda _stage, _day: None
    """Called as each stage begins: `day` with its number (0: the players arrive), then `healing`
    and `proof`."""
    on_script: Callable[[Script], None] = lambda _: None
    on_healing: Callable[[], None] = lambda: None
    """Called when faults end: those of the caller's own must end too."""


async def simulate(plan: Plan, simulation: Simulation) -> Outcome:
    """Play a site and prove the result.

    Raises SimulationError when there is nothing to play with, or no end to it.
    """
    began = time.monotonic()
    cast = _Cast(plan, simulation)
    try:
        player = await _found(cast)
        simulation.on_script(player.script)
        await player.play(lambda day: simulation.on_progress("day", day))
        simulation.on_healing()
        simulation.on_progress("healing", plan.days)
        fresh = cast.device(FRESH, simulation.administrator)
        await player.heal({ADMINISTRATOR: cast.administrator, FRESH: fresh})
        simulation.on_progress("proof", plan.days)
        return await _prove(cast, player, time.monotonic() - began)
    except FoundingError as error:
        raise SimulationError(str(error)) from error
    except HealingError as error:
        raise SimulationError(f"Seed {plan.seed}: no end to it: {error}") from error
    finally:
        cast.close()


class _Cast:
    """Makes the devices, and closes them."""

    def __init__(self, plan: Plan, simulation: Simulation) -> None:
        self.plan = plan
        self.simulation = simulation
        self.started_ms = simulation.clock()
        self.salt = f"{plan.seed}/{self.started_ms}"
        """Replicas and rows of two plays of one seed never share an id."""
        self.devices: list[PlayedDevice] = []
        self.roles: dict[str, str] = {}
        """Device -> role in the project; those not named read everything."""
        self.administrator = self.device(ADMINISTRATOR, simulation.administrator)

    def device(self, name: str, person: str, *, drift_ms: int = 0) -> PlayedDevice:
        """Make a new replica for a person."""
        made = self._bare(name, person, self.simulation.folder / f"{name}.sqlite", drift_ms)
        made.create(server=self.simulation.server, person=person)
        return made

    def clone(self, name: str, person: str, path: Path) -> PlayedDevice:
        """Open a copied file as another device."""
        made = self._bare(name, person, path, CLONE_DRIFT_MS)
        made.open()
        return made

    def _bare(self, name: str, person: str, path: Path, drift_ms: int) -> PlayedDevice:
        made = PlayedDevice(
            name,
            path,
            FaultyLink(self.simulation.connect(person)),
            clock=self.simulation.clock,
            salt=self.salt,
            drift_ms=drift_ms,
        )
        self.devices.append(made)
        return made

    def close(self) -> None:
        """Close every file."""
        for device in self.devices:
            device.close()


async def _found(cast: _Cast) -> Player:
    """Let everyone in, and write the script."""
    plan, administrator = cast.plan, cast.administrator
    await _sync_or_say(administrator)
    replica = administrator.replica
    site = find_site(replica, plan.project)
    try:
        script = write_script(plan, site)
    except ValueError as error:
        raise FoundingError(str(error)) from error
    people = make_people(script.devices, plan.seed)
    open_site(replica, site, plan.start)
    rows = (
        dict.fromkeys((one.device for one in people), cast.simulation.administrator)
        if cast.simulation.one_login
        else let_in(replica, site, people)
    )
    await _sync_or_say(administrator)
    scene = _scene(cast, script, site, people, rows)
    devices = {}
    for device in script.devices:
        if not cast.simulation.one_login:
            cast.roles[device.name] = device.role
        devices[device.name] = cast.device(device.name, rows[device.name], drift_ms=device.drift_ms)

    def clone(original: str, name: str, path: Path) -> PlayedDevice:
        if original in cast.roles:
            cast.roles[name] = cast.roles[original]
        return cast.clone(name, rows[original], path)

    return Player(script, scene, devices, clone=clone, concurrent=cast.simulation.concurrent)


def _scene(
    cast: _Cast,
    script: Script,
    site: Site,
    people: Iterable[Person],
    rows: Mapping[str, str],
) -> Scene:
    return Scene(
        site=site,
        start=dt.date.fromisoformat(script.plan.start),
        started_ms=cast.started_ms,
        people=rows,
        crew=tuple({rows[one.device]: None for one in people if one.role == "employee"}),
        rows={task.key: task.row for task in site.tasks},
    )


async def _sync_or_say(device: PlayedDevice) -> None:
    report = await device.sync()
    if report.error is not None:
        raise FoundingError(f"The server does not answer: {report.error}")
    if device.replica.rejections():
        code = device.replica.rejections()[0].rejection.code
        raise FoundingError(f"The administrator may not let the players in: {code}.")


async def _prove(cast: _Cast, player: Player, seconds: float) -> Outcome:
    """Compare everyone with the server and add up the numbers."""
    project = player.scene.site.project
    for device in cast.devices:
        device.remember()
    scopes = ["org", f"project:{project}", f"finance:{project}"]
    replicas = {dot[0] for device in cast.devices for dot in device.receipts}
    replicas |= {device.replica.identity().replica for device in cast.devices}
    held = [_held(cast, device, project) for device in cast.devices]
    url = cast.simulation.database_url
    if url is not None:
        truth = await read_truth(url, project=project, scopes=scopes, replicas=replicas)
    else:
        truth = _truth_of(cast, held, scopes)
    found = differences(truth, held)
    return _outcome(cast, player, truth, found, seconds, proven=url is not None)


def _held(cast: _Cast, device: PlayedDevice, project: str) -> Held:
    replica = device.replica
    project_scope, finance = f"project:{project}", f"finance:{project}"
    role = cast.roles.get(device.name)
    readable = {"org", project_scope} if role == "employee" else {"org", project_scope, finance}
    cursor = {
        scope: seq
        for scope, seq in replica.cursor().items()
        if scope in ("org", project_scope, finance)
    }
    return Held(
        name=device.name,
        checksums={scope: replica.checksum(scope) for scope in cursor},
        cursor=cursor,
        shown={scope: sum(len(replica.rows(table, scope)) for table in TABLES) for scope in cursor},
        readable=frozenset(readable),
        waiting=replica.status().waiting,
        receipts=device.receipts,
        refetched=device.totals.refetched,
    )


def _truth_of(cast: _Cast, held: list[Held], scopes: list[str]) -> Truth:
    """Let a fresh replica, whose checksums the server vouched for, stand for the server."""
    fresh = next(one for one in held if one.name == FRESH)
    receipts = {dot: receipt for device in cast.devices for dot, receipt in device.receipts.items()}
    rejected = {dot: code for device in cast.devices for dot, code in device.codes.items()}
    conflicts: Counter[str] = Counter(
        one.notice.policy for device in cast.devices for one in device.replica.conflicts()
    )
    replica = next(one for one in cast.devices if one.name == FRESH).replica
    return Truth(
        scopes={name: _scope_of(fresh, name) for name in scopes if name in fresh.cursor},
        merged={dot: (one.rows, one.rows) for dot, one in receipts.items() if not one.rejected},
        twice=[],
        rejected=rejected,
        last_counters={},
        typed={},
        conflicts=dict(conflicts),
        alerts=dict(Counter(row.values["rule"] for row in replica.rows("alert"))),
    )


def _scope_of(fresh: Held, name: str) -> ScopeTruth:
    head, checksum, rows = fresh.cursor[name], fresh.checksums[name], fresh.shown[name]
    return ScopeTruth(
        name=name,
        head=head,
        checksum=checksum,
        rows=rows,
        counted_checksum=checksum,
        counted_rows=rows,
        log_rows=head,
        log_seqs=head,
        log_last=head,
        tables={},
    )


def _outcome(
    cast: _Cast,
    player: Player,
    truth: Truth,
    found: list[Difference],
    seconds: float,
    *,
    proven: bool,
) -> Outcome:
    plan, devices = cast.plan, cast.devices
    dots = {dot for device in devices for dot in device.receipts}
    state = repr(sorted((one.name, one.counted_checksum) for one in truth.scopes.values()))
    return Outcome(
        seed=plan.seed,
        tablets=plan.tablets,
        replicas=len(devices),
        days=plan.days,
        project=player.scene.site.code,
        script=player.script.digest,
        steps=len(player.script.steps),
        change_sets=sum(device.made for device in devices),
        acknowledged=len(dots),
        did=dict(sorted(player.did.items())),
        conflicts=truth.conflicts,
        rejections=dict(Counter(truth.rejected.values())),
        alerts=truth.alerts,
        synchronisations=sum(device.syncs for device in devices),
        broken_synchronisations=sum(device.broken_syncs for device in devices),
        duplicates=sum(device.totals.duplicates for device in devices),
        forks=sum(device.totals.forked for device in devices),
        sent_bytes=sum(device.link.traffic.sent_bytes for device in devices),
        received_bytes=sum(device.link.traffic.received_bytes for device in devices),
        seconds=round(seconds, 2),
        scopes=len(truth.scopes),
        rows=sum(scope.counted_rows for scope in truth.scopes.values()),
        state=sha256(state.encode()).hexdigest()[:16],
        proven=proven,
        differences=found,
    )
