"""Money never passes through a float: nothing of the budget's code can make one."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import server.budget
import sync.money

FILES = sorted([*Path(server.budget.__file__).parent.rglob("*.py"), Path(sync.money.__file__)])


@pytest.mark.parametrize("file", FILES, ids=lambda one: one.name)
def test_no_code_of_money_makes_a_float(file: Path) -> None:
    """No literal with a point, no `float` or `round`, nothing of the clock that gives one."""
    found = [
        ast.unparse(node)
        for node in ast.walk(ast.parse(file.read_text("utf-8")))
        if _makes_a_float(node)
    ]
    assert found == []


def _makes_a_float(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, float)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in {"float", "round"}
    if isinstance(node, ast.Name):
        return node.id == "float"
    if isinstance(node, ast.Attribute):
        return node.attr in {"fsum", "total_seconds", "timestamp"}
    return False
