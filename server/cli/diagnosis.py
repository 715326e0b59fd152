"""Looking at the servers that Derrick stands on: one check each, one sentence each."""

import re
import socket
from typing import Any, Literal
from urllib.parse import urlsplit

import msgspec

from server.settings import Settings
from server.stack.postgres import READER_ROLE

State = Literal["ok", "warning", "failed", "off"]

_TIMEOUT_SECONDS = 5.0
_POSTGRES_MAJOR_MIN = 15
_START = "derrick up starts one here."


class Check(msgspec.Struct, frozen=True, kw_only=True):
    """What was seen of one part; `failed` when it is needed and wrong."""

    part: str
    state: State
    sentence: str
    version: str | None = None


async def check_database(settings: Settings) -> Check:
    """Connect as the application and look at the version, the role and the durability."""
    import asyncpg  # noqa: PLC0415 - each check imports its own client

    part, url = "PostgreSQL", settings.database_url
    if url is None:
        sentence = f"None is running and DERRICK_DATABASE_URL is not set; {_START}"
        return Check(part=part, state="failed", sentence=sentence)
    try:
        connection = await asyncpg.connect(url, timeout=_TIMEOUT_SECONDS)
    except (OSError, ValueError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        return Check(part=part, state="failed", sentence=_database_trouble(url, error))
    try:
        row = await connection.fetchrow(
            """
            SELECT current_setting('server_version') AS version,
                   current_setting('server_version_num')::int / 10000 AS major,
                   current_setting('fsync') = 'on'
                       AND current_setting('synchronous_commit') <> 'off' AS durable,
                   role.rolsuper OR role.rolbypassrls AS unguarded,
                   EXISTS (SELECT FROM pg_roles AS reader WHERE reader.rolname = $1
                       AND pg_has_role(current_user, reader.oid, 'MEMBER')) AS reads
            FROM pg_roles AS role WHERE role.rolname = current_user
            """,
            READER_ROLE,
        )
    finally:
        await connection.close()
    seen: dict[str, Any] = dict(row or {})
    state, sentence = _database_verdict(url, seen)
    return Check(part=part, state=state, version=seen["version"].split()[0], sentence=sentence)


def _database_verdict(url: str, seen: dict[str, Any]) -> tuple[State, str]:
    if seen["major"] < _POSTGRES_MAJOR_MIN:
        return "failed", f"Version {_POSTGRES_MAJOR_MIN} or newer is needed."
    if not seen["reads"]:
        return "failed", (
            f"The role {_role(url)} may not become {READER_ROLE}, which reads for people. Run "
            f"derrick migrate, or as PostgreSQL's administrator: CREATE ROLE {READER_ROLE} "
            f"NOLOGIN; GRANT {READER_ROLE} TO {_role(url)};"
        )
    if not seen["durable"]:
        return "warning", "fsync or synchronous_commit is off: a crash may lose acknowledged work."
    if seen["unguarded"]:
        return "warning", f"The role {_role(url)} passes row-level security; use an ordinary one."
    return "ok", f"{_role(url)} at {_place(url)}."


def _database_trouble(url: str, error: BaseException) -> str:
    import asyncpg  # noqa: PLC0415

    if isinstance(error, asyncpg.InvalidAuthorizationSpecificationError):
        return f"PostgreSQL at {_place(url)} refuses the role {_role(url)} or its password."
    if isinstance(error, asyncpg.InvalidCatalogNameError):
        return f"PostgreSQL at {_place(url)} has no database {urlsplit(url).path.lstrip('/')}."
    if isinstance(error, asyncpg.CannotConnectNowError):
        return f"PostgreSQL at {_place(url)} is starting or stopping; try again in a moment."
    if isinstance(error, OSError):
        return _network_trouble("PostgreSQL", url, error)
    return f"PostgreSQL at {_place(url)} cannot be used: {type(error).__name__}."


def check_redis(settings: Settings) -> Check:
    """Ping Redis or Valkey and ask for its version."""
    import redis  # noqa: PLC0415
    from redis.backoff import NoBackoff  # noqa: PLC0415
    from redis.retry import Retry  # noqa: PLC0415

    part, url = "Redis", settings.redis_url
    if url is None:
        sentence = f"None is running and DERRICK_REDIS_URL is not set; {_START}"
        return Check(part=part, state="failed", sentence=sentence)
    try:
        with redis.Redis.from_url(
            url,
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),
        ) as client:
            about: dict[str, Any] = client.info("server")
    except redis.AuthenticationError:
        return Check(
            part=part, state="failed", sentence=f"Redis at {_place(url)} refuses the password."
        )
    except redis.ConnectionError as error:
        cause = error.__cause__ or error.__context__
        reason = cause if isinstance(cause, OSError) else OSError(str(error))
        return Check(part=part, state="failed", sentence=_network_trouble("Redis", url, reason))
    except redis.RedisError as error:
        sentence = f"Redis at {_place(url)} cannot be used: {type(error).__name__}."
        return Check(part=part, state="failed", sentence=sentence)
    valkey = about.get("valkey_version")
    sentence = f"{'Valkey' if valkey else 'Redis'} at {_place(url)}."
    return Check(
        part=part, state="ok", version=str(valkey or about["redis_version"]), sentence=sentence
    )


def check_objects(settings: Settings) -> Check:
    """Ask S3 for the bucket."""
    part, url = "Files (S3)", settings.s3_endpoint_url
    if url is None:
        sentence = f"Not running; uploads wait on disk. {_START}"
        return Check(part=part, state="off", sentence=sentence)
    if settings.s3_access_key is None or settings.s3_secret_key is None:
        sentence = "DERRICK_S3_ACCESS_KEY and DERRICK_S3_SECRET_KEY are needed with the endpoint."
        return Check(part=part, state="failed", sentence=sentence)
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    from server.stack.objects import ObjectsAddress, s3_client  # noqa: PLC0415

    address = ObjectsAddress(url, settings.s3_access_key, settings.s3_secret_key)
    client = s3_client(address, settings.s3_region)
    try:
        answer: dict[str, Any] = client.head_bucket(Bucket=settings.s3_bucket)
    except ClientError as error:
        sentence = _objects_refusal(settings, error.response)
        return Check(part=part, state="failed", sentence=sentence)
    except (BotoCoreError, ValueError):
        sentence = f"S3 does not answer at {_place(url)}; is it running, and is the address right?"
        return Check(part=part, state="failed", sentence=sentence)
    finally:
        client.close()
    server = answer["ResponseMetadata"]["HTTPHeaders"].get("server", "")
    version = re.search(r"\d+\.[\d.]+", server)
    sentence = f"Bucket {settings.s3_bucket} at {_place(url)} ({server or 'server not named'})."
    return Check(part=part, state="ok", version=version[0] if version else None, sentence=sentence)


def _objects_refusal(settings: Settings, response: Any) -> str:
    status = response.get("ResponseMetadata", {}).get("HTTPStatusCode")
    place = _place(settings.s3_endpoint_url or "")
    match status:
        case 404:
            return f"S3 at {place} has no bucket {settings.s3_bucket}."
        case 401 | 403:
            return f"S3 at {place} refuses the keys for the bucket {settings.s3_bucket}."
        case _:
            return f"S3 at {place} answers with status {status}."


def _network_trouble(server: str, url: str, error: OSError) -> str:
    if isinstance(error, socket.gaierror):
        return f"The name of {server}'s machine, {urlsplit(url).hostname}, is not known."
    if isinstance(error, TimeoutError):
        return f"{server} at {_place(url)} did not answer within {_TIMEOUT_SECONDS:.0f} seconds."
    return f"{server} does not answer at {_place(url)}; is it running, and is the address right?"


def _place(url: str) -> str:
    """Return host and port of an address, without its credentials."""
    parts = urlsplit(url)
    return f"{parts.hostname or 'the local socket'}" + (f":{parts.port}" if parts.port else "")


def _role(url: str) -> str:
    return urlsplit(url).username or "without a name"
