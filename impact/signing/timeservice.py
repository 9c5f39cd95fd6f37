"""Ask a timestamp authority on the network for the time (RFC 3161, section 3.4).

In: the address and how long to wait. Out: pyHanko's ``TimeStamper``. The authority receives a digest of the signature
and a random number, nothing else. Redirects are not followed: the address is the one that was configured. The answer
must be whole within the given time, of bounded size, about this very digest, and repeat the random number.
"""

from __future__ import annotations

from typing import Any

from impact.errors import Fault, SignatureError
from impact.signing.posting import Refused, post

__all__ = ["service_timestamper", "time_fault"]

_MAX_BYTES = 100_000  # a token with its certificates has 2,000 to 10,000 bytes
_ASK, _REPLY = "application/timestamp-query", "application/timestamp-reply"
_GRANTED = ("granted", "granted_with_mods")


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

        _fields = [("status", tsp.PKIStatusInfo), ("time_stamp_token", core.Any, {"optional": True})]  # noqa: RUF012 - asn1crypto wants a list

    class Service(TimeStamper):
        async def async_request_tsa_response(self, req: Any) -> Any:
            try:
                kind, data = post(url, req.dump(), kind=_ASK, seconds=seconds, most=_MAX_BYTES)
            except Refused as error:
                raise TimestampRequestError(str(error)) from None
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
