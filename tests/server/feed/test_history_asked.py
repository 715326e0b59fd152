"""Schemathesis over the routes of the past, on rows that have one: any moment, page and filter."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import hypothesis
import hypothesis.strategies as st
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from schemathesis import GenerationMode
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from sync.changes import Change
from sync.tables import TABLES
from tests.serving import new_id, serve_here, serve_process, task_created

if TYPE_CHECKING:
    from server.settings import Settings
    from tests.serving import Tablet

PAST = ("/history", "/rows/{row}", "/tables/{table}")
EXAMPLES = 30
CHECKS = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]


async def _made(chief: Tablet, project: str) -> list[str]:
    """Make rows that were changed, deleted and brought back; return their ids."""
    scope, rows = f"project:{project}", [new_id() for _ in range(4)]
    for number, row in enumerate(rows):
        await chief.must(task_created(project, row, name=f"T{number}"))
        await chief.pull()
        vector = chief.rows[scope, row].vector
        name = {"name": f"T{number}"}
        renamed = Change(scope, "task", row, "update", vector, name, {"name": "Autre"})
        await chief.must(renamed)
        await chief.pull()
    await chief.must(Change(scope, "task", rows[1], "delete", chief.rows[scope, rows[1]].vector))
    return rows


@pytest.mark.parametrize("mode", [*GenerationMode])
async def test_the_past_of_real_rows_answers_as_documented(
    settings: Settings, mode: GenerationMode
) -> None:
    """Valid and broken questions about rows that are there: no 5xx, nothing undeclared."""
    async with serve_here(settings) as service:
        chief = await service.tablet("administrator")
        stranger = await service.tablet("employee")
        project = await service.project(chief)
        rows = await _made(chief, project)
    asked: dict[str, set[int]] = {}
    with serve_process(settings) as process:
        async with httpx.AsyncClient() as client:
            drawn = (await client.get(f"{process.url}/api/docs/openapi.json")).json()
        schema = schemathesis.openapi.from_dict(drawn)
        for found in schema.get_all_operations():
            assert isinstance(found, Ok), found
            operation = found.ok()
            if operation.method != "get" or not operation.path.endswith(PAST):
                continue
            known = {
                "project": st.sampled_from([project, project, new_id()]),
                "row": st.sampled_from([*rows, new_id()]),
                "table": st.sampled_from([*TABLES]),
            }
            people = (chief.token, stranger.token)
            asked[operation.path] = _ask(operation, mode, process.url, people, known)
    assert len(asked) == 4
    if mode is GenerationMode.POSITIVE:
        assert all(200 in codes for codes in asked.values()), asked


def _ask(
    operation: Any, mode: GenerationMode, url: str, people: tuple[str, ...], known: dict[str, Any]
) -> set[int]:
    """Ask an operation of rows that are known; return what it answered."""
    answered: set[int] = set()
    real = st.fixed_dictionaries(known)

    @hypothesis.seed(20_26)
    @hypothesis.settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(
        case=operation.as_strategy(generation_mode=mode),
        names=real,
        token=st.sampled_from(people),
        keeps=st.booleans(),
    )
    def ask(case: Any, names: dict[str, str], token: str, keeps: bool) -> None:  # noqa: FBT001
        for place in (case.path_parameters, case.query):
            for name, value in names.items():
                # A broken question keeps, half the time, what is broken about it.
                if place and name in place and (mode is GenerationMode.POSITIVE or not keeps):
                    place[name] = value
        headers = {"authorization": f"Bearer {token}", "accept": "application/json"}
        response = case.call_and_validate(url, headers=headers, checks=CHECKS)
        answered.add(response.status_code)

    ask()
    return answered
