"""Ask a timestamp authority on the network for the time (RFC 3161, section 3.4).

In: the address and how long to wait. Out: pyHanko's ``TimeStamper``. The authority receives a digest of the signature
and a random number, nothing else. Redirects are not followed: the address is the one that was configured.
"""

from __future__ import annotations

import urllib.request
from http.client import HTTPException
from typing import Any

__all__ = ["service_timestamper"]

_MAX_BYTES = 100_000  # a token with its certificates has 2,000 to 10,000 bytes
_ASK, _REPLY = "application/timestamp-query", "application/timestamp-reply"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def service_timestamper(url: str, *, seconds: float) -> Any:
    """A timestamper that asks ``url``; any failure is pyHanko's ``TimestampRequestError``."""
    from asn1crypto import tsp
    from pyhanko.sign.timestamps import TimeStamper
    from pyhanko.sign.timestamps.common_utils import TimestampRequestError

    class Service(TimeStamper):
        async def async_request_tsa_response(self, req: Any) -> Any:
            data = req.dump()
            asked = urllib.request.Request(url, data, {"Content-Type": _ASK})  # noqa: S310  # http_timestamper checked it
            try:
                with urllib.request.build_opener(_NoRedirect).open(asked, timeout=seconds) as reply:
                    kind = reply.headers.get_content_type()
                    data = reply.read(_MAX_BYTES + 1)
            except (OSError, HTTPException) as error:
                raise TimestampRequestError("the service cannot be reached") from error
            if kind != _REPLY or len(data) > _MAX_BYTES:
                raise TimestampRequestError("the answer is not a timestamp")
            try:
                answer = tsp.TimeStampResp.load(data, strict=True)
                _ = answer.native  # reads all of it now, so that damage shows here and not later
            except (ValueError, TypeError) as error:
                raise TimestampRequestError("the answer is damaged") from error
            return answer

    return Service()  # type: ignore[no-untyped-call]  # pyHanko types this in part
