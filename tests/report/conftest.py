"""Records, the bundled template set, and one rendering of each sample for all tests of the room."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from impact.canonical import canonical_json
from impact.report import Rendered, render, render_html
from impact.resources import Resource, find
from impact.settings import Settings

CELLS = b"PAR1 stands for counts; this room attaches bytes and never reads them"


def _beside(name: str) -> ModuleType:
    # --import-mode=importlib keeps test folders off sys.path, so a helper is loaded by its place.
    spec = importlib.util.spec_from_file_location(f"report_{name}", Path(__file__).parent / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def sample() -> ModuleType:
    return _beside("sample")


@pytest.fixture(scope="session")
def problems() -> Callable[[bytes], list[str]]:
    found: Callable[[bytes], list[str]] = _beside("accessibility").problems
    return found


@pytest.fixture(scope="session")
def archive_problems() -> Callable[[bytes], list[str]]:
    found: Callable[[bytes], list[str]] = _beside("archive").problems
    return found


@pytest.fixture(scope="session")
def templates() -> Resource:
    return find("templates", "default", Settings())


@pytest.fixture(scope="session")
def full_bytes(sample: ModuleType) -> bytes:
    return canonical_json(sample.full_record())


@pytest.fixture(scope="session")
def full(full_bytes: bytes, templates: Resource) -> Rendered:
    return render(full_bytes, cells=CELLS, templates=templates, practice=True)


@pytest.fixture(scope="session")
def audit_only(sample: ModuleType, templates: Resource) -> Rendered:
    return render(canonical_json(sample.audit_only()), cells=CELLS, templates=templates)


@pytest.fixture(scope="session")
def questionnaire_only(sample: ModuleType, templates: Resource) -> Rendered:
    return render(canonical_json(sample.questionnaire_only()), cells=None, templates=templates)


@pytest.fixture
def as_html(templates: Resource) -> Callable[..., str]:
    """The page of a record for a browser."""

    def make(record: dict[str, Any], **named: Any) -> str:
        return render_html(canonical_json(record), cells=CELLS, templates=named.pop("templates", templates), **named)

    return make


@pytest.fixture
def council(tmp_path: Path) -> Callable[[dict[str, str]], Resource]:
    """A council's own template set with the given files."""

    def make(files: dict[str, str]) -> Resource:
        folder = tmp_path / "council"
        for name, text in {"set.yaml": "id: council\ntitle: Ours\nversion: '1'\n", **files}.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return find("templates", "council", Settings(templates=(tmp_path,)))

    return make
