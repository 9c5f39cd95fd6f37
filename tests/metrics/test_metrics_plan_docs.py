"""The page about the plan: its examples are plans, and it names every code of this side of the room, and every key."""

from __future__ import annotations

import re
from pathlib import Path

from pydantic import BaseModel

from impact.metrics.plans import plan, plan_also, plan_columns, plan_further, plan_searches
from impact.metrics.plans.plan_file import load_plan

FOLDERS = ("plans", "tables", "counting")


def page(repo: Path) -> str:
    return (repo / "docs" / "audit-plan.md").read_text(encoding="utf-8")


def test_every_example_is_a_plan(repo: Path, tmp_path: Path) -> None:
    examples = re.findall(r"```yaml\n(.*?)```", page(repo), re.DOTALL)

    assert len(examples) == 3
    for number, text in enumerate(examples):
        path = tmp_path / f"{number}.yaml"
        path.write_text(text, encoding="utf-8")
        assert load_plan(path).pool


def test_every_code_is_documented(repo: Path) -> None:
    found: set[str] = set()
    for folder in FOLDERS:
        for path in sorted((repo / "impact" / "metrics" / folder).glob("*.py")):
            found |= set(re.findall(r'"([ED]\d{2,3})"', path.read_text(encoding="utf-8")))
    table = page(repo).split("## Codes")[1]

    assert len(found) > 60
    assert found - set(re.findall(r"\b[ED]\d{2,3}\b", table)) == set()


def test_every_key_is_documented(repo: Path) -> None:
    keys = {
        field.alias or name
        for module in (plan, plan_also, plan_columns, plan_further, plan_searches)
        for model in vars(module).values()
        if isinstance(model, type) and issubclass(model, BaseModel) and model.__module__ == module.__name__
        for name, field in model.model_fields.items()
    }

    assert {key for key in keys if not re.search(rf"\b{re.escape(key)}\b", page(repo))} == set()
