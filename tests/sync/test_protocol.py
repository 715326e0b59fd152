"""PROTOCOL.md says what the code does: every struct, field, code, limit, and a test per promise."""

import ast
import re
from pathlib import Path

import msgspec
import pytest

import sync
from sync import changes, errors
from sync.schema import Policy

ROOT = Path(sync.__file__).parent.parent
TEXT = (ROOT / "sync" / "PROTOCOL.md").read_text("utf-8")
STRUCTS = {
    name: kind
    for name, kind in vars(changes).items()
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct) and kind is not msgspec.Struct
}
INVARIANTS = re.findall(r"^\d+\. .*\(test: .*$", TEXT, re.MULTILINE)


def section_of(struct: str) -> str:
    """Return what the page says of a struct: from its name to the next one."""
    found = re.search(
        rf"^\*\*{struct}\.\*\*.*?(?=^\*\*\w+\.\*\*|^#)", TEXT, re.MULTILINE | re.DOTALL
    )
    assert found is not None, f"PROTOCOL.md does not describe {struct}"
    return found[0]


@pytest.mark.parametrize("name", STRUCTS)
def test_every_struct_is_described_field_by_field(name: str) -> None:
    """The page's table of a struct has exactly its fields, in their order."""
    described = re.findall(r"^\| `(\w+)` \|", section_of(name), re.MULTILINE)
    assert described == list(STRUCTS[name].__struct_fields__)


def test_every_error_code_is_in_the_catalogue_table() -> None:
    """The table of errors is the catalogue, line by line."""
    expected = [
        f"| `{one.code}` | {one.status} | {one.cause} | {one.remedy} | {one.fr} | {one.en} |"
        for one in errors.CATALOGUE.values()
    ]
    table = TEXT.partition("## 11. Errors")[2].partition("\n## ")[0]
    assert [line for line in table.splitlines() if line.startswith("| `")] == expected


def test_every_policy_is_explained() -> None:
    """Each policy has its line in the table of policies."""
    for policy in Policy.__args__:  # type: ignore[attr-defined]
        assert re.search(rf"^\| `{policy}` \|", TEXT, re.MULTILINE), policy


def test_the_protocol_number_is_the_codes() -> None:
    """The page and its history name the number that the code speaks."""
    assert f"**Protocol number: {changes.PROTOCOL_VERSION}.**" in TEXT
    assert re.search(rf"^\| {changes.PROTOCOL_VERSION} \|", TEXT, re.MULTILINE)


def test_invariants_are_numbered_without_gaps() -> None:
    """Every invariant has its number and at least one test."""
    section = TEXT.partition("## 10. Invariants")[2].partition("\n## ")[0]
    numbered = re.findall(r"^(\d+)\. ", section, re.MULTILINE)
    assert numbered == [str(number + 1) for number in range(len(numbered))]
    assert len(INVARIANTS) == len(numbered)


@pytest.mark.parametrize("line", INVARIANTS, ids=lambda line: line.partition(".")[0])
def test_every_named_test_exists(line: str) -> None:
    """An invariant that names a test that is not there is a promise that nothing keeps."""
    for named in re.findall(r"\(test: ([^)]*)\)", line):
        path, _, test = named.partition("::")
        tree = ast.parse((ROOT / path).read_text("utf-8"))
        defined = {
            node.name
            for node in tree.body
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        } | {
            target.id
            for node in tree.body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        assert test in defined, named
