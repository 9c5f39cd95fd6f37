"""Timestamp services by HTTP (RFC 3161): a real server on this machine, and ones that answer badly."""

from __future__ import annotations

import http.server
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from impact.cli.options import timestamper_from
from impact.errors import SettingsError, SignatureError
from impact.settings import load_settings
from impact.signing.cms import software_signer
from impact.signing.localtime import local_timestamper
from impact.signing.quiet import wait_for
from impact.signing.signer import Timestamper, http_timestamper
from impact.signing.trust import Authorities, revocation_list
from impact.signing.verify import verify

Answer = Callable[[Any, Any, http.server.BaseHTTPRequestHandler], bytes]


@pytest.fixture(scope="module")
def serving(make: Any) -> Callable[..., Any]:
    """A time service on localhost."""
    from asn1crypto import tsp

    def serve(answer: Answer | str, stamp: Any, kind: str = "application/timestamp-reply") -> Any:
        def body(data: bytes, handler: Any) -> bytes:
            if isinstance(answer, str):
                return getattr(make, answer)(handler, kind)  # type: ignore[no-any-return]  # a way to misbehave
            return answer(tsp.TimeStampReq.load(data), stamp, handler)

        return make.serving(body, asked_as="application/timestamp-query", kind=kind)

    return serve


def honest(asked: Any, stamp: Any, _: Any) -> bytes:
    made: bytes = wait_for(stamp.async_request_tsa_response(asked)).dump()
    return made


def other_number(asked: Any, stamp: Any, _: Any) -> bytes:
    """The answer to a request of somebody else, replayed."""
    from asn1crypto import core

    asked["nonce"] = core.Integer(asked["nonce"].native + 1)
    return honest(asked, stamp, _)


def no_number(asked: Any, stamp: Any, _: Any) -> bytes:
    from asn1crypto import tsp

    bare = tsp.TimeStampReq({"version": 1, "message_imprint": asked["message_imprint"], "cert_req": True})
    return honest(bare, stamp, _)


def other_digest(asked: Any, stamp: Any, _: Any) -> bytes:
    asked["message_imprint"]["hashed_message"] = bytes(32)
    return honest(asked, stamp, _)


def refusal(asked: Any, stamp: Any, _: Any) -> bytes:
    """Status 2, rejection, without a timestamp: badAlg, bit 0 (RFC 3161, section 2.4.2)."""
    return bytes.fromhex("3009300702010203020780")


@pytest.fixture(scope="module")
def stamp(world: Any, now: Any) -> Any:
    return local_timestamper(software_signer(world.timestamper.signer), when=now)


def test_service_dates_signature_and_document(
    serving: Any, world: Any, unsigned: bytes, stamp: Any, trust: Any, now: Any
) -> None:
    """B-LTA over HTTP: the service is asked for a sample, for the signature and for the document."""
    from cryptography.hazmat.primitives.serialization import Encoding

    root = world.authority.certificate.public_bytes(Encoding.DER)
    authorities = Authorities((root,), (), (revocation_list(world.authority.revocations(), "list"),), "folder")
    asked: list[bytes] = []

    def counted(request: Any, stamp: Any, handler: Any) -> bytes:
        asked.append(request["message_imprint"]["hashed_message"].native)
        return honest(request, stamp, handler)

    with serving(counted, stamp) as url:
        signed = world.sign(unsigned, timestamper=http_timestamper(url), level="B-LTA", authorities=authorities)

    report = verify(signed, trust=trust, now=now)
    assert report.verified, report.problems
    assert report.signatures[0].level == "B-LTA"
    assert len(asked) == 3
    assert len(set(asked)) == 3  # digests, and nothing of the document
    assert all(len(each) == 32 for each in asked)


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (other_number, "the answer is to another request"),
        (no_number, "the answer is to another request"),
        (other_digest, "the answer is about another digest"),
        (refusal, "the service refused: bad_alg"),
        ("redirect", "status 302"),
        (lambda *_: b"\x30\x82", "the answer is damaged"),
        (lambda *_: b"0" * 100_001, "the answer is larger than 100,000 bytes"),
    ],
    ids=["nonce", "no nonce", "imprint", "refused", "redirect", "damaged", "large"],
)
def test_unusable_answer_is_told_and_nothing_is_signed(
    serving: Any, world: Any, unsigned: bytes, stamp: Any, answer: Answer, said: str
) -> None:
    with serving(answer, stamp) as url, pytest.raises(SignatureError) as caught:
        world.sign(unsigned, timestamper=http_timestamper(url, seconds=5))

    fault = caught.value.faults[0]
    assert (fault.code, fault.found) == ("S018", f"it gave no usable answer ({said})")


def test_answer_of_another_kind_is_none(serving: Any, world: Any, unsigned: bytes, stamp: Any) -> None:
    with serving(honest, stamp, kind="text/html") as url, pytest.raises(SignatureError) as caught:
        world.sign(unsigned, timestamper=http_timestamper(url))

    assert "the answer is not a timestamp" in caught.value.faults[0].found


def test_service_that_dawdles_is_given_up_in_time(serving: Any, world: Any, unsigned: bytes, stamp: Any) -> None:
    began = time.monotonic()
    with serving("dawdle", stamp) as url, pytest.raises(SignatureError) as caught:
        world.sign(unsigned, timestamper=http_timestamper(url, seconds=1))

    assert time.monotonic() - began < 6  # of twenty seconds that the answer would take
    assert "no whole answer within 1 seconds" in caught.value.faults[0].found


def test_service_that_is_not_there_is_told(world: Any, unsigned: bytes) -> None:
    with pytest.raises(SignatureError) as caught:
        world.sign(unsigned, timestamper=http_timestamper("http://127.0.0.1:9/", seconds=5))

    assert caught.value.faults[0].code == "S018"


def test_service_of_impact_toml_is_asked_where_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "impact.toml").write_text('[timestamp]\nurl = "https://time.example/tsa"\nseconds = 7\n')
    settings = load_settings(tmp_path, environment={})

    named = timestamper_from("http://other.example/", secret=None, settings=settings)

    assert timestamper_from(None, secret=None, settings=settings) == Timestamper(
        url="https://time.example/tsa", seconds=7.0
    )
    assert named == Timestamper(url="http://other.example/", seconds=7.0)
    assert timestamper_from(None, secret=None) is None


@pytest.mark.parametrize(
    "text",
    ['url = "ftp://time.example"', "url = 1", "seconds = 0", "seconds = true", 'adress = "https://time.example"'],
)
def test_settings_of_the_service_are_held_to_their_form(tmp_path: Path, text: str) -> None:
    (tmp_path / "impact.toml").write_text(f"[timestamp]\n{text}\n")

    with pytest.raises(SettingsError) as caught:
        load_settings(tmp_path, environment={})

    assert [fault.code for fault in caught.value.faults] == ["G002"]
