"""The app's types come from the declarations: all of them, and nothing else."""

import json
import re

from sync.errors import CATALOGUE
from sync.tables import TABLES
from sync.typescript import modules

_DECLARED = re.compile(r"^  (\w+): (\{.*\}),$", re.MULTILINE)


def test_every_table_and_field_is_declared_with_its_policy() -> None:
    """The generated module names each table, each field, its policy and who may write it."""
    found = {name: json.loads(text) for name, text in _DECLARED.findall(modules()["tables.ts"])}
    assert found.keys() == TABLES.keys()
    for name, table in TABLES.items():
        declared = found[name]
        assert declared["scopes"] == list(table.scopes)
        assert declared["delete"] == table.delete
        for field, given in zip(table.fields, declared["fields"], strict=True):
            assert (given["name"], given["policy"]) == (field.name, field.policy)
            assert given.get("required", False) == field.required
            assert given.get("server", False) == field.server
            assert given.get("choices", []) == list(field.kind.choices)


def test_every_code_has_its_sentences() -> None:
    """The app can say every refusal in both languages."""
    text = modules()["errors.ts"]
    for code, error in CATALOGUE.items():
        assert f"  {code}: " in text
        assert json.dumps(error.fr, ensure_ascii=False) in text
        assert json.dumps(error.en, ensure_ascii=False) in text
