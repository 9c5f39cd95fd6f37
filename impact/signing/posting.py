"""Send a few bytes to a service and read its answer, within a time and a size.

In: an address, what is sent, bounds. Out: the kind and the bytes of the answer. Redirects are not followed: the address
is the one that was configured, or that a trusted authority wrote into a certificate.
"""

from __future__ import annotations

import threading
import urllib.request
from http.client import HTTPException
from typing import Any
from urllib.error import HTTPError
from urllib.parse import urlsplit

__all__ = ["Refused", "is_web_address", "post"]


class Refused(Exception):  # noqa: N818  # what went wrong with somebody else's service, in a few words
    """No usable answer; the words say why."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


def is_web_address(url: str) -> bool:
    """Whether ``url`` is one that may be asked at all: never a file or another scheme.

    >>> is_web_address("https://time.example/tsa"), is_web_address("file:///etc/passwd"), is_web_address("http://")
    (True, False, False)
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname)


def post(url: str, data: bytes, *, kind: str, seconds: float, most: int) -> tuple[str, bytes]:
    """Kind and bytes of the answer to ``data``, which is sent as ``kind``.

    Args:
        url: A web address.
        data: What is sent.
        kind: Its media type.
        seconds: For the whole answer: a service that sends a byte now and then is given up all the same.
        most: Bytes that the answer may have.

    Raises:
        Refused: It did not come, or not whole in time, or is too large.
    """
    try:
        answered, found = _asked(url, data, kind, seconds, most)
    except TimeoutError:
        raise Refused(f"no whole answer within {seconds:g} seconds") from None
    except (OSError, HTTPException, ValueError) as error:
        code = getattr(error, "code", None)
        raise Refused(f"status {code}" if code else "the service cannot be reached") from None
    if len(found) > most:
        raise Refused(f"the answer is larger than {most:,} bytes")
    return answered, found


def _asked(url: str, data: bytes, kind: str, seconds: float, most: int) -> tuple[str, bytes]:
    if not is_web_address(url):
        raise ValueError
    asked = urllib.request.Request(url, data, {"Content-Type": kind})  # noqa: S310  # checked above
    answers: list[tuple[str, bytes] | BaseException] = []

    def ask() -> None:
        try:
            with urllib.request.build_opener(_NoRedirect).open(asked, timeout=seconds) as reply:
                answers.append((reply.headers.get_content_type(), reply.read(most + 1)))
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
