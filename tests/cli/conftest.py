"""The real chain, run once for all tests of the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from impact.cli.app import run

REPO = Path(__file__).resolve().parents[2]
PILOT = REPO / "examples" / "misconduct-pilot"


@dataclass(frozen=True)
class Said:
    """What one run of the command said."""

    status: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


Impact = Callable[..., Said]


@pytest.fixture
def impact(capfd: pytest.CaptureFixture[str]) -> Impact:
    """Run ``impact`` as a person would: words in, status and both streams out."""

    def call(*words: object) -> Said:
        capfd.readouterr()
        with pytest.raises(SystemExit) as stopped:
            run([str(word) for word in words])
        streams = capfd.readouterr()
        code = stopped.value.code
        return Said(code if isinstance(code, int) else 1, streams.out, streams.err)

    return call


@dataclass(frozen=True)
class BuiltFolder:
    """A built example with its practice trust folder."""

    out: Path
    trust: Path
    status: int

    @property
    def pdf(self) -> Path:
        return self.out / "report.pdf"


@pytest.fixture(scope="session")
def pilot(tmp_path_factory: pytest.TempPathFactory) -> BuiltFolder:
    """The worked example, built and signed with practice keys."""
    out = tmp_path_factory.mktemp("pilot") / "out"
    with pytest.raises(SystemExit) as stopped:
        run(["build", str(PILOT), "-o", str(out), "--practice", "--quiet"])
    code = stopped.value.code
    return BuiltFolder(out, out / "practice-trust", code if isinstance(code, int) else 1)
