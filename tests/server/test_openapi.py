"""The OpenAPI document says what the handlers take and answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from server.app import create_app
from server.openapi import document
from tests.serving import serve_here

if TYPE_CHECKING:
    from server.settings import Settings


@pytest.fixture
def drawn(settings: Settings) -> dict[str, Any]:
    return document(create_app(settings))


def test_every_operation_is_documented_with_the_errors_that_any_may_answer(
    drawn: dict[str, Any],
) -> None:
    """No handler is left to the framework's guess; each names 400, 429, 500 and 503."""
    for path, item in drawn["paths"].items():
        for method, operation in item.items():
            assert {"400", "429", "500", "503"} <= operation["responses"].keys(), (method, path)
            assert operation["summary"], (method, path)
            if operation["security"]:
                assert {"401", "403"} <= operation["responses"].keys(), (method, path)


def test_a_body_read_by_hand_is_documented_in_both_encodings(drawn: dict[str, Any]) -> None:
    """A push shows the struct that decodes it, as JSON and as MessagePack, and its refusals."""
    push = drawn["paths"]["/api/sync/push"]["post"]
    reference = {"schema": {"$ref": "#/components/schemas/PushRequest"}}
    assert push["requestBody"]["content"] == {
        "application/json": reference,
        "application/msgpack": reference,
    }
    assert "counter_gap" in push["responses"]["409"]["description"]
    assert "application/problem+json" in push["responses"]["409"]["content"]
    assert push["security"] == [{"bearer": []}]
    pattern = drawn["components"]["schemas"]["PushRequest"]["properties"]["replica"]["pattern"]
    assert "[0-9a-f]" in pattern


def test_every_reference_leads_to_a_schema(drawn: dict[str, Any]) -> None:
    """No `$ref` of the document hangs in the air."""
    schemas = drawn["components"]["schemas"]
    for reference in _references(drawn):
        assert reference.rpartition("/")[2] in schemas, reference


async def test_the_page_needs_nothing_but_itself(settings: Settings) -> None:
    """The documentation is readable without scripts, fonts or another host."""
    async with serve_here(settings) as service:
        answer = await service.client.get("/api/docs")
        listed = (await service.client.get("/api/docs/openapi.json")).json()
    assert answer.status_code == 200
    assert "/api/sync/push" in answer.text
    for outside in ("<script", "http://", "https://", "src="):
        assert outside not in answer.text
    assert "/api/sync/push" in listed["paths"]


def _references(value: Any) -> list[str]:
    if isinstance(value, dict):
        own = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return own + [one for inner in value.values() for one in _references(inner)]
    if isinstance(value, list):
        return [one for inner in value for one in _references(inner)]
    return []
