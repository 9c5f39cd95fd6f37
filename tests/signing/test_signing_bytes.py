"""One byte changed anywhere: refused. And the container's one form, by hand-made examples of X.690."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from impact.signing.container import is_der
from impact.signing.signer import load_signer, load_timestamper
from impact.signing.trust import Trust
from impact.signing.verify import verify


def gap_of(pdf: bytes) -> tuple[int, int]:
    """Where the last container stands, with its brackets."""
    start, end = map(int, re.findall(rb"/ByteRange \[0 (\d+) (\d+) ", pdf)[-1])
    assert pdf[start : start + 1] + pdf[end - 1 : end] == b"<>"
    return start, end


def refused(pdf: bytes, at: int, mask: int, trust: Trust, now: dt.datetime) -> bool:
    changed = bytearray(pdf)
    changed[at] ^= mask
    return not verify(bytes(changed), trust=trust, now=now).verified


@pytest.fixture(scope="module")
def small(make: Any, tmp_path_factory: Any, now: dt.datetime) -> tuple[bytes, Trust]:
    """A small file signed with elliptic curves, whose containers are a third of the size."""
    world = make.world(tmp_path_factory.mktemp("small"))
    world.people["Assessor"] = world.authority.issue("Ada Assessor", key=ec.generate_private_key(ec.SECP256R1()))
    world.stamp = world.authority.issue("Test Time", key=ec.generate_private_key(ec.SECP256R1()), times=True)
    signed = world.sign(make.pdf(roles=("Assessor",)))
    trust = world.trust()
    assert verify(signed, trust=trust, now=now).verified
    return signed, trust


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), mask=st.integers(1, 255))
def test_any_changed_byte_is_refused(
    signed_once: bytes, trust: Trust, now: dt.datetime, place: float, mask: int
) -> None:
    assert refused(signed_once, int(place * len(signed_once)), mask, trust, now)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(place=st.floats(0, 1, exclude_max=True), mask=st.integers(1, 255))
def test_any_changed_byte_of_three_signatures_is_refused(
    signed_thrice: bytes, trust: Trust, now: dt.datetime, place: float, mask: int
) -> None:
    assert refused(signed_thrice, int(place * len(signed_thrice)), mask, trust, now)


@pytest.mark.slow
def test_each_byte_of_the_container_is_guarded(small: tuple[bytes, Trust], now: dt.datetime) -> None:
    """Every byte but the padding by one of its two digits, a bit or the case of it; the padding in steps.

    All digits of a container of RSA, two changes for each, were tried once: 17,332 changes, none unseen.
    """
    pdf, trust = small
    start, end = gap_of(pdf)
    padding = end - 1 - len(pdf[start : end - 1]) + len(pdf[start : end - 1].rstrip(b"0"))
    places = [at + at // 2 % 2 for at in range(start, padding + 4, 2)]
    places += [*range(padding + 4, end - 4, 97), *range(end - 4, end)]

    survivors = [at for at in places if not refused(pdf, at, 0x01 if at % 5 else 0x20, trust, now)]

    assert survivors == []


def test_each_byte_of_the_end_is_guarded(small: tuple[bytes, Trust], now: dt.datetime) -> None:
    pdf, trust = small

    assert [at for at in range(len(pdf) - 2000, len(pdf), 11) if not refused(pdf, at, 0x01, trust, now)] == []
    assert [at for at in range(len(pdf) - 60, len(pdf)) if not refused(pdf, at, 0x20, trust, now)] == []


def test_digits_in_mixed_case_are_refused_and_said_to_be_so(signed_once: bytes, trust: Trust, now: dt.datetime) -> None:
    start, end = gap_of(signed_once)
    at = next(at for at in range(start, end) if signed_once[at : at + 1].isalpha())
    changed = signed_once[:at] + signed_once[at : at + 1].swapcase() + signed_once[at + 1 :]

    report = verify(changed, trust=trust, now=now)

    assert [fault.code for fault in report.problems] == ["S107"]
    assert "mix upper and lower case" in str(report.problems[0])
    assert (report.intact, report.valid, report.trusted, report.canonical) == (True, True, True, False)


def test_padding_other_than_zeros_is_refused(signed_once: bytes, trust: Trust, now: dt.datetime) -> None:
    _, end = gap_of(signed_once)
    changed = signed_once[: end - 3] + b"1" + signed_once[end - 2 :]

    report = verify(changed, trust=trust, now=now)

    assert "padding" in " ".join(map(str, report.problems))
    assert not report.verified


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("3003020101", True),
        ("308103020101", False),  # a length in the long form that fits the short one
        ("30800201010000", False),  # an indefinite length
        ("300302010100", False),  # a byte after the end
        ("30040202007f", False),  # an integer with a needless zero
        ("300402020080", True),  # an integer whose zero is its sign
        ("30040202ffff", False),  # a negative integer with a needless byte
        ("3003010101", False),  # true is ff
        ("30030101ff", True),
        ("30020500", True),
        ("3003050100", False),  # null is empty
        ("240404020102", False),  # a string in pieces
        ("1003020101", False),  # a sequence in one piece
        ("3106020101020102", True),
        ("3106020102020101", False),  # a set out of order
        ("1f8101020101", False),  # a long tag
        ("3004020101", False),  # cut off
        ("", False),
    ],
)
def test_distinguished_encoding(data: str, expected: bool) -> None:
    """Examples by hand from ITU-T X.690 (2021), sections 8.1.3, 8.3.2, 10 and 11."""
    assert is_der(bytes.fromhex(data)) is expected


def test_unsigned_attribute_cannot_be_taken_away_unseen(signed_once: bytes, trust: Trust, now: dt.datetime) -> None:
    """Without its timestamp the container is well-formed and the signature valid; the timestamp is required."""
    from asn1crypto import cms

    start, end = gap_of(signed_once)
    info = cms.ContentInfo.load(bytes.fromhex(signed_once[start + 1 : end - 1].decode()))
    signer = info["content"]["signer_infos"][0]
    del signer["unsigned_attrs"]
    data = info.dump(force=True).hex().encode()
    changed = signed_once[: start + 1] + data.ljust(end - start - 2, b"0") + signed_once[end - 1 :]

    report = verify(changed, trust=trust, now=now)

    assert report.valid
    assert [fault.code for fault in report.problems] == ["S116"]


def test_key_files_of_the_small_file_are_elliptic(small: tuple[bytes, Trust], tmp_path: Any, make: Any) -> None:
    """Signers and timestamp signers may use elliptic curves."""
    authority = make.authority()
    for name, times in (("a.p12", False), ("t.p12", True)):
        pair = authority.issue("X", key=ec.generate_private_key(ec.SECP384R1()), times=times)
        (tmp_path / name).write_bytes(make.p12(*pair))

    assert load_signer(tmp_path / "a.p12", "secret").name == "X"
    assert load_timestamper(tmp_path / "t.p12", "secret").signer is not None
