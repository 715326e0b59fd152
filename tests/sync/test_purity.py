"""The pure part of `sync` stays pure: no clock, randomness, file or socket can reach it."""

import ast
from pathlib import Path

import pytest

import sync

FOLDER = Path(sync.__file__).parent
IMPURE = {"replica", "vectors"}
"""The local replica, and the script that writes the conformance cases."""
ALLOWED = {
    "__future__",
    "collections",
    "datetime",
    "decimal",
    "functools",
    "hashlib",
    "msgspec",
    "re",
    "sync",
    "types",
    "typing",
}
"""Everything that the pure part may import: none of it has a clock that these names reach."""
BANNED_CALLS = {"open", "print", "input", "exec", "eval", "__import__", "id"}
BANNED_ATTRIBUTES = {"now", "today", "utcnow"}
MODULES = sorted(
    path for path in FOLDER.rglob("*.py") if path.relative_to(FOLDER).parts[0] not in IMPURE
)


def _imports(tree: ast.AST) -> set[str]:
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_a_module_imports_only_what_is_pure(path: Path) -> None:
    """Every import is of the listed standard modules, msgspec, or the pure part itself."""
    imported = _imports(ast.parse(path.read_text("utf-8")))
    assert {name.partition(".")[0] for name in imported} <= ALLOWED
    assert not any(name.startswith(("sync.replica", "sync.vectors")) for name in imported)


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_a_module_calls_nothing_that_reaches_the_world(path: Path) -> None:
    """No module reads the clock, opens a file or prints, and none keeps global state to change."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            assert node.func.id not in BANNED_CALLS
        if isinstance(node, ast.Attribute):
            assert node.attr not in BANNED_ATTRIBUTES
        assert not isinstance(node, ast.Global)


def test_every_pure_module_is_looked_at() -> None:
    """The walk finds the modules it is meant for."""
    names = {path.stem for path in MODULES}
    assert {"merge", "causes", "policy", "sets", "text", "clock", "validation", "projects"} <= names
