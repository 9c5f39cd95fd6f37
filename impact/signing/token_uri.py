"""Where a key on a token is, in the words of RFC 7512: ``pkcs11:token=…;object=…?module-path=…``.

In: the address as typed, and the environment. Out: a frozen ``Token``. A PIN is never part of an address: what is typed
as an argument can be read by everybody on the machine, and stays in the shell's history.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_to_bytes

from impact.errors import Fault, SignatureError
from impact.yamlfile import nearest

__all__ = ["MODULE", "SCHEME", "Token", "parse_token"]

SCHEME = "pkcs11:"
MODULE = "IMPACT_PKCS11_MODULE"
_PATH = ("token", "serial", "manufacturer", "model", "object", "id", "type")
_QUERY = ("module-path",)
_SECRET = ("pin-value", "pin-source")


@dataclass(frozen=True)
class Token:
    """A key on a token.

    Attributes:
        module: Path of the token's library (PKCS#11).
        criteria: What the token must be: ``token`` (its label), ``serial``, ``manufacturer``, ``model``.
        label: Label of the key and its certificate, or None.
        id: Identifier of both, or None; one of the two is there.
        pin: The user's PIN; never shown.
    """

    module: str
    criteria: tuple[tuple[str, str], ...]
    label: str | None
    id: bytes | None
    pin: str | None = field(default=None, repr=False, compare=False)

    @property
    def shown(self) -> str:
        """The token and the object, for messages."""
        at = next((value for key, value in self.criteria if key in ("token", "serial")), "")
        what = self.label if self.label is not None else (self.id or b"").hex()
        return f"token “{at}”, object “{what}”" if at else f"object “{what}”"


def parse_token(address: str, *, environment: Mapping[str, str]) -> Token:
    """Read an address; the library is that of ``module-path``, else of the environment variable.

    Raises:
        SignatureError: S150 not such an address, S151 a PIN stands in it, S153 no library is named.

    >>> parse_token("pkcs11:token=Council;object=Ada%20A?module-path=/lib/x.so", environment={}).shown
    'token “Council”, object “Ada A”'
    """
    path, _, query = address.removeprefix(SCHEME).partition("?")
    found: dict[str, bytes] = {}
    for text, mark, known in ((path, ";", _PATH), (query, "&", _QUERY)):
        for part in text.split(mark) if text else ():
            key, equals, value = part.partition("=")
            if key in _SECRET:
                remedy = "Take it out of every place where this command stands; the PIN is asked for, or comes from "
                remedy += "--passphrase-fd or IMPACT_PASSPHRASE"
                raise SignatureError(Fault("--signer", "a PIN stands in the address", "no secret", remedy, "S151"))
            if not equals or key not in known:
                near = nearest(key, (*_PATH, *_QUERY))
                remedy = f"Did you mean “{near}”?" if near and near != key else "Write pkcs11:token=…;object=…"
                raise _malformed(f"“{key}” is not part of such an address here", remedy)
            if key in found or not value:
                raise _malformed(f"“{key}” is empty or stands twice", "Write it once")
            found[key] = unquote_to_bytes(value)
    try:
        texts = {key: value.decode() for key, value in found.items() if key != "id"}
    except UnicodeDecodeError:
        raise _malformed("it is not UTF-8", "Write pkcs11:token=…;object=…") from None
    if texts.get("type", "private") not in ("private", "cert"):
        raise _malformed("“type” is neither private nor cert", "Leave it out")
    if "object" not in texts and "id" not in found:
        raise _malformed("neither “object” nor “id” says which key", "Add object= with the label of the key")
    if "token" not in texts and "serial" not in texts:
        raise _malformed("neither “token” nor “serial” says which token", "Add token= with its label")
    module = texts.get("module-path") or environment.get(MODULE)
    if not module:
        remedy = f"Add ?module-path=/path/of/the/library.so, or set {MODULE}; the token's manual names it"
        raise SignatureError(
            Fault("--signer", "no library of the token is named", "its PKCS#11 library", remedy, "S153")
        )
    criteria = tuple((key, texts[key]) for key in ("token", "serial", "manufacturer", "model") if key in texts)
    return Token(module, criteria, texts.get("object"), found.get("id"))


def _malformed(found: str, remedy: str) -> SignatureError:
    wanted = "an address by RFC 7512, as pkcs11:token=Council;object=assessor?module-path=/path/of/the/library.so"
    return SignatureError(Fault("--signer", found, wanted, remedy, "S150"))
