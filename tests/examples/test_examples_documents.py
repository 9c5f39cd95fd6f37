"""Every document of every example: accessible, archival, signed, and sound to programs that are not ours."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from impact.assessment.record import build_record
from impact.chain.build import render_record
from impact.report import DOCUMENTS
from impact.settings import load_settings
from impact.signing.practice import make_practice
from impact.signing.sign import sign
from impact.signing.signer import Signer, Timestamper, load_signer, load_timestamper
from impact.signing.trust import load_trust
from impact.signing.verify import verify
from tests.report.accessibility import problems as accessibility_problems
from tests.report.archive import problems as archive_problems

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
EXAMPLES = sorted(path.parent.name for path in (Path(__file__).parents[2] / "examples").glob("*/assessment.yaml"))
NAMES = [name for name in DOCUMENTS if name != "review"]  # no example has had its review
TOOLS = [name for name in ("pdfsig", "qpdf", "openssl") if shutil.which(name) is None]
pytestmark = [pytest.mark.tools, pytest.mark.slow]


@dataclass(frozen=True)
class Desk:
    """An assessor for practice: where the keys are, and what they are read from once."""

    keys: Path
    signer: Signer
    timestamper: Timestamper

    def sign(self, pdf: bytes) -> bytes:
        return sign(pdf, signer=self.signer, role="Assessor", reason=None, timestamper=self.timestamper, now=NOW)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    keys = tmp_path_factory.mktemp("documents") / "keys"
    make_practice(keys, now=NOW)
    signer = load_signer(keys / "assessor.p12", "practice", now=NOW)
    return Desk(keys, signer, load_timestamper(keys / "timestamp.p12", "practice", now=NOW))


def documents(folder: Path, desk: Desk) -> Iterator[tuple[str, bytes]]:
    """Every document of an example, signed; the record is worked out once. A review needs what was approved."""
    quiet: Callable[[str], None] = lambda _: None  # noqa: E731 - a line that says nothing
    settings = load_settings(folder)
    built = build_record(folder, settings=settings, step=quiet, second_opinion=False)
    for name in NAMES:
        document = render_record(
            built.record,
            built.cells,
            aggregates=built.aggregates,
            settings=settings,
            practice=True,
            name=name,
            step=quiet,
        )
        yield name, desk.sign(document.files["report.pdf"])


def told(*words: object) -> str:
    done = subprocess.run([str(word) for word in words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{words[0]}: {done.stdout[-500:]}{done.stderr[-500:]}"
    return done.stdout + done.stderr


def signed_parts(pdf: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Each signature: the bytes that it covers, and its container."""
    for before, start, length in re.findall(rb"/ByteRange\s*\[\s*0\s+(\d+)\s+(\d+)\s+(\d+)\s*\]", pdf):
        low, high, rest = int(before), int(start), int(length)
        yield pdf[:low] + pdf[high : high + rest], bytes.fromhex(pdf[low + 1 : high - 1].decode())


def faults(pdf: bytes, folder: Path, desk: Desk) -> list[str]:
    """What any of the programs and checks has against a signed document."""
    file, roots = folder / "document.pdf", folder / "roots.pem"
    file.write_bytes(pdf)
    roots.write_bytes(b"".join(path.read_bytes() for path in sorted(desk.keys.glob("*.pem"))))
    found = [*accessibility_problems(pdf), *archive_problems(pdf)]
    if "No syntax or stream encoding errors found" not in told("qpdf", "--check", file):
        found.append("qpdf")
    said = told("pdfsig", "-nocert", file)
    if (said.count("Signature is Valid."), said.count("Total document signed")) != (1, 1):
        found.append("pdfsig")
    parts = list(signed_parts(pdf))
    for content, container in parts:
        (folder / "content").write_bytes(content)
        (folder / "container").write_bytes(container)
        told(
            *("openssl", "cms", "-verify", "-binary", "-inform", "DER", "-cades", "-purpose", "any"),
            *("-in", folder / "container", "-content", folder / "content", "-out", "/dev/null"),
            *("-CAfile", roots, "-attime", int(NOW.timestamp()) + 1),
        )
    if len(parts) != 1:
        found.append("openssl: not one signature")
    if not verify(pdf, trust=load_trust(desk.keys), now=NOW).verified:
        found.append("impact verify")
    if shutil.which("verapdf"):
        for flavour in ("3a", "ua1"):
            if not told("verapdf", "-f", flavour, "--format", "text", file).startswith("PASS"):
                found.append(f"veraPDF {flavour}")
    return found


@pytest.mark.skipif(bool(TOOLS), reason=f"{', '.join(TOOLS)} not installed")
@pytest.mark.parametrize("example", EXAMPLES)
def test_every_signed_document_of_an_example_holds_against_programs_of_others(example, repo, desk, tmp_path):
    found = {name: faults(pdf, tmp_path, desk) for name, pdf in documents(repo / "examples" / example, desk)}

    assert set(found) == set(NAMES)
    assert {name: what for name, what in found.items() if what} == {}
