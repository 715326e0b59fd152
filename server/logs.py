"""Structured logs: static event names, identifiers as fields, and never a secret."""

import logging
import re
import sys
from collections.abc import Mapping
from typing import Any, cast

import ecs_logging
import structlog

from server.settings import LogFormat, Settings

REDACTED = "[redacted]"
_SECRET_WORDS = (
    "token",
    "password",
    "secret",
    "authorization",
    "cookie",
    "access_key",
    "credential",
    "one_time",
    "recovery_code",
    "ticket",
)
_URL_CREDENTIALS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)[^/\s@]*@", re.IGNORECASE)


def configure_logging(settings: Settings, *, level: int = logging.INFO) -> None:
    """Send structlog's and the standard library's events to standard error in one format.

    Call it once, when a process starts. The format `console` is for people, `ecs` writes one JSON
    object a line after the Elastic Common Schema.
    """
    log_format = settings.log_format
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True, key=_time_key(log_format)),
        structlog.processors.StackInfoRenderer(),
        # A traceback becomes text here, without the values of variables, and so is redacted too.
        structlog.processors.format_exc_info,
        redact_secrets,
    ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[structlog.stdlib.ExtraAdder(), *shared],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_renderers(log_format),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # It announces each of its plugins, at every start.
    logging.getLogger("alembic.runtime.plugins").setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def redact_secrets(
    _: Any, __: str, event: structlog.typing.EventDict
) -> structlog.typing.EventDict:
    """Replace the values of fields named like secrets, and the credentials inside any URL."""
    return {key: _redact(key, value) for key, value in event.items()}


def _redact(key: str, value: Any) -> Any:
    if any(word in key.lower() for word in _SECRET_WORDS) and value is not None:
        return REDACTED
    if isinstance(value, str):
        return _URL_CREDENTIALS.sub(rf"\g<scheme>{REDACTED}@", value)
    if isinstance(value, Mapping):
        return {str(name): _redact(str(name), inner) for name, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_redact(key, inner) for inner in value]
    return value


def _time_key(log_format: LogFormat) -> str:
    return "@timestamp" if log_format == "ecs" else "timestamp"


def _renderers(log_format: LogFormat) -> list[structlog.typing.Processor]:
    if log_format == "ecs":
        formatter = cast("structlog.typing.Processor", ecs_logging.StructlogFormatter())
        return [_name_as_ecs, formatter]
    return [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]


def _name_as_ecs(_: Any, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
    """Give structlog's two fields their names in the Elastic Common Schema."""
    renamed = {"level": "log.level", "logger": "log.logger"}
    return {renamed.get(key, key): value for key, value in event.items()}
