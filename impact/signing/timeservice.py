"""Ask a timestamp authority on the network for the time (RFC 3161, section 3.4).

In: the address and how long to wait. Out: pyHanko's ``TimeStamper``. The authority receives a digest of the signature
and a random number, nothing else. Redirects are not followed: the address is the one that was configured. The answer
must be whole within the given time, of bounded size, about this very digest, and repeat the random number.
"""

from __future__ import annotations

import threading
import urllib.request
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError

from impact.errors import Fault, SignatureError

__all__ = ["service_timestamper", "time_fault"]

_MAX_BYTES = 100_000  # a token with its certificates has 2,000 to 10,000 bytes
_ASK, _REPLY = "application/timestamp-query", "application/timestamp-reply"
_GRANTED = ("granted", "granted_with_mods")


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def time_fault(error: Exception) -> SignatureError:
    """The fault for pyHanko's ``TimestampRequestError``."""
    said = " ".join(str(error).split())
    said = "".join(each for each in said if each.isprintable())[:200]
    return SignatureError(
        Fault(
            "timestamp service",
            f"it gave no usable answer ({said})" if said else "it gave no usable answer",
            "a timestamp by RFC 3161",
            "Check the address and the network, or sign again later",
            "S018",
        )
    )


def service_timestamper(url: str, *, seconds: float) -> Any:
    """A timestamper that asks ``url``; any failure is pyHanko's ``TimestampRequestError``."""
    from asn1crypto import core, tsp
    from pyhanko.sign.timestamps import TimeStamper
    from pyhanko.sign.timestamps.common_utils import TimestampRequestError

    class Answer(core.Sequence):  # type: ignore[misc]  # asn1crypto publishes no types
        """asn1crypto's own form has no answer without a timestamp, which a refusal is (RFC 3161, section 2.4.2)."""

        _fields = [("status", tsp.PKIStatusInfo), ("time_stamp_token", core.Any, {"optional": True})]  # noqa: RUF012

    class Service(TimeStamper):
        async def async_request_tsa_response(self, req: Any) -> Any:
            try:
                kind, data = _post(url, req.dump(), seconds)
            except TimeoutError:
                raise TimestampRequestError(f"no whole answer within {seconds:g} seconds") from None
            except (OSError, HTTPException, ValueError) as error:
                code = getattr(error, "code", None)
                raise TimestampRequestError(f"status {code}" if code else "the service cannot be reached") from None
            if len(data) > _MAX_BYTES:
                raise TimestampRequestError(f"the answer is larger than {_MAX_BYTES:,} bytes")
            if kind != _REPLY:
                raise TimestampRequestError("the answer is not a timestamp")
            try:
                status = Answer.load(data, strict=True)["status"]
                refused = status["status"].native not in _GRANTED
                why = ", ".join(sorted(status["fail_info"].native or ())) if refused else ""
            except Exception:  # asn1crypto raises in many ways on what a stranger wrote
                raise TimestampRequestError("the answer is damaged") from None
            if refused:
                raise TimestampRequestError(f"the service refused: {why}" if why else "the service refused")
            try:
                answer = tsp.TimeStampResp.load(data, strict=True)
                _ = answer.native  # reads all of it now, so that damage shows here and not later
                token = answer["time_stamp_token"]["content"]["encap_content_info"]["content"].parsed
                imprint, nonce = token["message_imprint"].dump(), token["nonce"].native
            except Exception:  # as above
                raise TimestampRequestError("the answer is damaged") from None
            if nonce != req["nonce"].native:
                raise TimestampRequestError("the answer is to another request")
            if imprint != req["message_imprint"].dump():
                raise TimestampRequestError("the answer is about another digest")
            return answer

    return Service()  # type: ignore[no-untyped-call]  # pyHanko types this in part


def _post(url: str, data: bytes, seconds: float) -> tuple[str, bytes]:
    """Kind and bytes of the answer. A service that sends a byte now and then is given up all the same.

    Raises:
        TimeoutError: The whole answer did not come in time.
        OSError, HTTPException, ValueError: No answer.
    """
    asked = urllib.request.Request(url, data, {"Content-Type": _ASK})  # noqa: S310  # http_timestamper checked it
    answers: list[tuple[str, bytes] | BaseException] = []

    def ask() -> None:
        try:
            with urllib.request.build_opener(_NoRedirect).open(asked, timeout=seconds) as reply:
                answers.append((reply.headers.get_content_type(), reply.read(_MAX_BYTES + 1)))
        except BaseException as error:  # handed to the caller's thread below
            if isinstance(error, HTTPError):
                error.close()  # it holds the connection
            answers.append(error)

    # urllib's own limit is for each piece of an answer, not for all of it. The thread ends with the process at latest.
    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(seconds)
    if not answers:
        raise TimeoutError
    answer = answers[0]
    if isinstance(answer, BaseException):
        reason = getattr(answer, "reason", None)
        raise TimeoutError if isinstance(reason, TimeoutError) else answer
    return answer
