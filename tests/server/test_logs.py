"""Log lines: one event a line, and never a secret."""

import json
import logging

import pytest
import structlog

from server.logs import REDACTED, configure_logging
from server.settings import LogFormat, load_settings


@pytest.mark.parametrize("log_format", ["console", "ecs"])
def test_secrets_are_redacted(log_format: LogFormat, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither fields named like secrets, nor addresses, nor tracebacks give a credential away."""
    configure_logging(load_settings({}, log_format=log_format))
    log = structlog.get_logger("derrick.test")
    log.info("seen", token="hunter2", headers={"Authorization": "Bearer hunter2"})
    log.info("connected", where="postgresql://role:hunter2@host/name")
    logging.getLogger("library").warning("lost redis://:hunter2@host/0")
    try:
        raise ConnectionError("no answer from redis://:hunter2@host/0")  # noqa: TRY301
    except ConnectionError:
        log.exception("failed")
    written = capsys.readouterr().err
    assert "hunter2" not in written
    assert written.count(REDACTED) >= 5
    assert "postgresql://" in written


def test_ecs_lines_follow_the_schema(capsys: pytest.CaptureFixture[str]) -> None:
    """Each line is one JSON object with the schema's time, level, logger and message."""
    configure_logging(load_settings({}, log_format="ecs"))
    structlog.get_logger("derrick.test").warning("scope_locked", scope="project:1", waited_ms=12)
    line = json.loads(capsys.readouterr().err)
    assert line["message"] == "scope_locked"
    assert line["log.level"] == "warning"
    assert line["log"]["logger"] == "derrick.test"
    assert line["waited_ms"] == 12
    assert line["@timestamp"].endswith("Z")
