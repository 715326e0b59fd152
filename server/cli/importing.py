"""`derrick import`: a Primavera or MS Project file into a project, through a local replica.

Exit status as of `derrick replica`: 0 done; 1 a mistake that the sentence names, or nothing done
for want of --yes; 3 the server does not answer (the import waits in the outbox); 4 log in; 5 the
server refused the import (nothing of it was done).
"""

from __future__ import annotations

import asyncio
import os
import platform
import sys
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import available_timezones

import click
from msgspec import Struct

from server.cli.importing_report import ImportReport
from server.cli.importing_work import Work
from server.cli.replicas import opening
from server.cli.replicas.desk import Desk, mistake_of
from server.cli.replicas.saying import NO_LINK, REFUSED, Both, Language, Mistake, language_of
from server.projects.importing import (
    INTENT,
    Choices,
    ImportRefusedError,
    apply_import,
    prepare_import,
)
from server.projects.schedules import ScheduleUnreadable, read_schedule
from sync.replica import LoginNeededError, RefusedError, StorageError, SyncReport, synchronise
from sync.replica.session import Tokens

if TYPE_CHECKING:
    from server.projects.importing import ImportPlan
    from server.projects.schedules import ReadingReport, Schedule
    from sync.replica import Replica
    from sync.replica.session import TokenStore


class Options(Struct, frozen=True):
    """The command line."""

    file: Path
    project: str | None = None
    pick: str | None = None
    replica: Path | None = None
    server: str | None = None
    token: str | None = None
    site_zone: str | None = None
    currency: str | None = None
    encoding: str | None = None
    take: str | None = None
    include_personal: bool = False
    dry_run: bool = False
    yes: bool = False


@click.command(name="import")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--project", help="Code or id of the project to update.")
@click.option("--pick", help="Which of the file's projects, by code, id or name.")
@click.option("--replica", type=click.Path(path_type=Path, dir_okay=False), help="Replica's file.")
@click.option("--server", help="Address of the server, http(s)://host.")
@click.option("--token", envvar=opening.TOKEN_VARIABLE, help="Access token.")
@click.option("--site-zone", help="IANA time zone of the site, Africa/Libreville.")
@click.option("--currency", help="Currency of the file's costs, where it does not say.")
@click.option("--encoding", help="Code page of an XER that does not show its own.")
@click.option("--take", type=click.Choice(["file"]), help="Settle conflicts for the file.")
@click.option("--include-personal", is_flag=True, help="Take names of people and notes too.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, and do nothing.")
@click.option("--yes", is_flag=True, help="Update an existing project without asking.")
@click.option("--language", type=click.Choice(["fr", "en"]), help="By default that of LANG.")
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.pass_context
def import_(
    context: click.Context, /, *, language: Language | None, as_json: bool, **given: Any
) -> None:
    """Read a Primavera P6 (XER, XML) or Microsoft Project (XML) schedule into a project.

    The first import makes the project; later ones show what a newer file changes, then update
    just that. What people have entered on the site is never undone without saying so. Without a
    link the import waits in the replica's outbox.
    """
    chosen: Language = language or language_of(os.environ)
    context.find_root().meta["derrick.language"] = chosen
    options = Options(**given)
    desk = Desk(_replica_path(options), chosen, as_json)
    try:
        _Import(desk, options).run()
    except ScheduleUnreadable as error:
        raise Mistake(Both(error.sentence_fr, error.sentence_en)) from error
    except ImportRefusedError as error:
        raise Mistake(Both(error.fr, error.en)) from error
    except (RefusedError, StorageError, LoginNeededError) as error:
        raise mistake_of(error) from error


class _Import:
    """One run of the command."""

    def __init__(self, desk: Desk, options: Options) -> None:
        self.desk = desk
        self.options = options
        self.work = Work(desk)
        self.store: TokenStore = opening.GivenToken("")

    def run(self) -> None:
        """Read, plan, ask, save, send."""
        _check_zone(self.options.site_zone)
        schedule, reading = self._read()
        with self._open() as replica:
            before = self._synchronise(replica, Both("Réception", "Receiving"))
            plan = self._plan(replica, schedule)
            asked = plan.edits and not plan.new_project and not self.options.yes
            if not self.desk.as_json:
                report = ImportReport(self.desk.console(), self.desk.language)
                report.reading(reading)
                report.plan(plan)
            if self.options.dry_run or not plan.edits or (asked and not self._confirm()):
                self._end(plan, reading, applied=False, sync=before)
                refused = asked and not self.options.dry_run
                raise SystemExit(1 if refused else 0)
            with self.work.step(Both("Enregistrement", "Saving")):
                counter = apply_import(replica, plan)
            after = self._synchronise(replica, Both("Envoi", "Sending"))
            refusals = (one for one in replica.rejections() if one.intent == INTENT)
            rejection = next((one for one in refusals if one.counter == counter), None)
            self._end(plan, reading, applied=rejection is None, sync=after, rejection=rejection)

    def _read(self) -> tuple[Schedule, ReadingReport]:
        with self.work.bytes(Both("Lecture", "Reading")) as progress:
            return read_schedule(
                self.options.file,
                progress=progress,
                include_personal=self.options.include_personal,
                encoding=self.options.encoding,
            )

    def _open(self) -> Replica:
        path, token = self.desk.path, self.options.token
        if path.is_file():
            replica = opening.open_file(path)
        elif self.options.server and token:
            name = f"{platform.node() or 'import'} ({path.stem})"
            replica = opening.create(
                path,
                server=self.options.server,
                tokens=Tokens(access_token=token.strip()),
                name=name[:80],
            )
        else:
            raise Mistake(
                Both(
                    f"Il n'y a pas de réplique dans {path} : donnez --server et --token.",
                    f"There is no replica at {path}: give --server and --token.",
                )
            )
        self.store = opening.GivenToken(token.strip()) if token else opening.TokenFile(path)
        return replica

    def _plan(self, replica: Replica, schedule: Schedule) -> ImportPlan:
        choices = Choices(
            currency=self.options.currency.upper() if self.options.currency else None,
            time_zone=self.options.site_zone,
            take_file=self.options.take == "file",
        )
        with self.work.step(Both("Comparaison", "Comparing")):
            plan = prepare_import(
                replica,
                schedule,
                pick=self.options.pick,
                project=self.options.project,
                choices=choices,
            )
        if not plan.new_project or self.options.site_zone:
            return plan
        self.work.note(
            Both(
                "Les heures du fichier sont locales : donnez le fuseau du chantier avec "
                "--site-zone.",
                "The file's times are local: give the site's time zone with --site-zone.",
            )
        )
        return plan

    def _synchronise(self, replica: Replica, doing: Both) -> SyncReport | None:
        """Push and pull; None when nobody is logged in, which is offline by choice."""
        store = self.store
        if not store.read().access_token:
            return None

        async def work() -> SyncReport:
            async with opening.transport_to(replica, store) as transport:
                return await synchronise(replica, transport, progress=self.work.pages)

        with self.work.step(doing):
            return asyncio.run(work())

    def _confirm(self) -> bool:
        if self.desk.as_json or not sys.stdin.isatty():
            return False
        question = Both("Mettre à jour le chantier ?", "Update the project?")
        return click.confirm(question.to(self.desk.language))

    def _end(
        self,
        plan: ImportPlan,
        reading: ReadingReport,
        *,
        applied: bool,
        sync: SyncReport | None,
        rejection: Any = None,
    ) -> None:
        """Say how it ended; raise what gives the exit status."""
        error = None if sync is None else sync.error
        waiting = applied and (sync is None or sync.waiting > 0)
        if self.desk.as_json:
            self.desk.give(
                {
                    "file": str(self.options.file),
                    "applied": applied,
                    "waiting": waiting,
                    "error": None if error is None else str(error),
                    "merge_conflicts": 0 if sync is None else sync.conflicts,
                    "rejection": None if rejection is None else rejection.rejection,
                    "plan": {
                        name: getattr(plan, name)
                        for name in plan.__struct_fields__
                        if name != "edits"
                    },
                    "changes": len(plan.edits),
                    "reading": reading,
                    "seconds": self.work.seconds,
                }
            )
        if rejection is not None:
            said = rejection.rejection.message
            raise Mistake(Both(said.fr, said.en), REFUSED)
        if not self.desk.as_json:
            self._tell(plan, applied=applied, waiting=waiting)
            if applied and sync is not None and sync.conflicts:
                self.desk.say(
                    f"Le serveur a réglé {sync.conflicts} conflits avec des saisies faites "
                    "entre-temps : derrick replica conflicts.",
                    f"The server settled {sync.conflicts} conflicts with entries made "
                    "meanwhile: derrick replica conflicts.",
                )
        if error is not None and applied:
            raise mistake_of(error) if not self.desk.as_json else SystemExit(NO_LINK)

    def _tell(self, plan: ImportPlan, *, applied: bool, waiting: bool) -> None:
        if not plan.edits:
            self.desk.say("Rien à changer.", "Nothing to change.")
        elif not applied:
            self.desk.say(
                "Rien n'a été changé ; --yes met à jour sans demander.",
                "Nothing was changed; --yes updates without asking.",
            )
        elif waiting:
            self.desk.say(
                f"{len(plan.edits)} changements gardés ici, envoyés à la prochaine liaison.",
                f"{len(plan.edits)} changes kept here, to be sent when there is a link.",
            )
        else:
            self.desk.say(
                f"{len(plan.edits)} changements faits sur {plan.project_code}.",
                f"{len(plan.edits)} changes made to {plan.project_code}.",
            )


def _replica_path(options: Options) -> Path:
    """Return the replica to work on: the one named, one kept for the server, or the usual one."""
    usual = opening.default_path(os.environ)
    if options.replica is not None or options.server is None:
        named = options.replica or os.environ.get(opening.PATH_VARIABLE)
        return Path(named) if named else usual
    person = opening.person_of(options.token) if options.token else ""
    name = sha256(f"{options.server.rstrip('/')} {person}".encode()).hexdigest()[:12]
    return usual.with_name(f"import-{name}.sqlite")


def _check_zone(zone: str | None) -> None:
    if zone is not None and zone not in available_timezones():
        raise Mistake(
            Both(f"« {zone} » n'est pas un fuseau connu.", f"“{zone}” is not a known time zone.")
        )
