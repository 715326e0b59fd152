"""Schemathesis over the whole OpenAPI document, against a real server.

The suite's own run is short and always the same; `OPENAPI_EXAMPLES=200` looks longer.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import httpx
import hypothesis
import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from tests.serving import (
    JSON,
    MESSAGEPACK,
    project_created,
    serve_here,
    serve_process,
)

if TYPE_CHECKING:
    from server.settings import Settings

EXAMPLES = {"administrator": 3, "employee": 2, "anonymous": 1}
"""Requests generated per operation and mode (valid, invalid): those who get furthest ask most."""
LONGER = os.environ.get("OPENAPI_EXAMPLES")

CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
]


@schemathesis.serializer(MESSAGEPACK)
def as_messagepack(_: schemathesis.SerializationContext, value: Any) -> bytes:
    """Encode a generated body; what MessagePack cannot say is not sent."""
    try:
        return msgspec.msgpack.encode(value)
    except (OverflowError, UnicodeEncodeError, TypeError):
        hypothesis.reject()


@schemathesis.deserializer(MESSAGEPACK)
def from_messagepack(
    _: schemathesis.DeserializationContext, response: schemathesis.Response
) -> Any:
    """Decode an answer, for the check against its schema."""
    return msgspec.msgpack.decode(response.content)


@pytest.fixture
async def tokens(settings: Settings) -> dict[str, str | None]:
    """Put something of everything into the database; return a token per identity."""
    async with serve_here(settings) as service:
        administrator = await service.tablet("administrator")
        employee = await service.tablet("employee")
        project = await service.project(administrator)
        await service.member(administrator, project, employee.person, "employee")
        assert await employee.do(project_created(project)) != "merged"
    return {"administrator": administrator.token, "employee": employee.token, "anonymous": None}


@pytest.mark.parametrize("identity", ["administrator", "employee", "anonymous"])
def test_no_operation_fails_or_answers_what_it_does_not_document(
    identity: str, settings: Settings, tokens: dict[str, str | None]
) -> None:
    """Valid and broken requests, JSON and MessagePack: no 5xx, nothing that is not declared."""
    token = tokens[identity]
    examples = int(LONGER or EXAMPLES[identity])
    with serve_process(settings) as process:
        drawn = httpx.get(f"{process.url}/api/docs/openapi.json").json()
        schema = schemathesis.openapi.from_dict(drawn)
        faults: list[str] = []
        for found in schema.get_all_operations():
            assert isinstance(found, Ok), found
            operation = found.ok()
            for mode in GenerationMode:
                try:
                    _ask(operation, mode, process.url, token, examples)
                except Unsatisfiable:
                    continue  # it takes nothing that could be wrong
                except (Exception, BaseExceptionGroup) as fault:  # noqa: BLE001 -- each has its turn
                    faults.append(f"{operation.label} {mode.name}: {_told(fault)}")
        assert not faults, "\n\n".join(faults)


def _ask(operation: Any, mode: GenerationMode, url: str, token: str | None, examples: int) -> None:
    headers = {} if token is None else {"authorization": f"Bearer {token}"}

    @hypothesis.seed(20_26)
    @hypothesis.settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=mode))
    def ask(case: schemathesis.Case[Any]) -> None:
        accept = MESSAGEPACK if case.media_type == MESSAGEPACK else JSON
        # An unknown query parameter is no fault; a body of another shape is.
        refused = [checks.negative_data_rejection] if operation.body else []
        sent = {**headers, "accept": accept}
        case.call_and_validate(url, headers=sent, checks=[*CHECKS, *refused])

    ask()


def _told(fault: BaseException) -> str:
    inner = getattr(fault, "exceptions", ())
    notes = "\n".join(getattr(fault, "__notes__", ()))
    text = f"{type(fault).__name__}: {fault}\n{notes}"
    return "\n".join(_told(one) for one in inner) if inner else text
