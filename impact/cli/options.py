"""Options that several commands share, and where secrets come from.

In: what a person typed. Out: types for typer, a passphrase, a signing set-up. Secrets are never printed or stored.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from impact.errors import Fault, SignatureError

if TYPE_CHECKING:
    from impact.chain.build import Signing
    from impact.signing.signer import Timestamper

__all__ = [
    "CountingEngine",
    "Force",
    "Json",
    "PassphraseFd",
    "Quiet",
    "Timestamp",
    "WithoutSecondOpinion",
    "passphrase",
    "signing_from",
    "timestamper_from",
]

Json = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
Force = Annotated[bool, typer.Option("--force", help="Overwrite files that exist.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Do not tell progress.")]
WithoutSecondOpinion = Annotated[
    bool,
    typer.Option("--without-second-opinion", help="Do not let fairlearn and aif360 recompute; the result says so."),
]
CountingEngine = Annotated[
    Literal["duckdb", "spark"],
    typer.Option("--engine", help="What counts: duckdb, or spark (docs/scale.md); the counts are the same."),
]
Timestamp = Annotated[
    str | None,
    typer.Option("--timestamp", help="Timestamp service: an address, or a practice file.", metavar="WHERE"),
]
PassphraseFd = Annotated[
    int | None, typer.Option("--passphrase-fd", help="Read the passphrase from this file descriptor.", metavar="N")
]


def passphrase(what: str, *, descriptor: int | None, variable: str = "IMPACT_PASSPHRASE") -> str:
    """A passphrase from a file descriptor, the environment, or a prompt; never from an argument, which others can see.

    Raises:
        SignatureError: S090 there is nobody to ask.
    """
    if descriptor is not None:
        try:
            with os.fdopen(descriptor, encoding="utf-8", closefd=False) as stream:
                return stream.readline().rstrip("\r\n")
        except (OSError, UnicodeDecodeError):
            fault = Fault(f"--passphrase-fd {descriptor}", "cannot be read", "an open file descriptor", "", "S090")
            raise SignatureError(fault) from None
    if variable in os.environ:
        return os.environ[variable]
    if not sys.stdin.isatty():
        remedy = f"Set {variable}, use --passphrase-fd, or run in a terminal"
        raise SignatureError(Fault(what, "needs a passphrase and there is no terminal to ask in", "", remedy, "S090"))
    return str(typer.prompt(f"Passphrase of {what}", hide_input=True, err=True))


def timestamper_from(named: str | None, *, secret: str | None) -> Timestamper | None:
    """A timestamp service: an address (RFC 3161), or a local timestamp signer's file, for practice."""
    if named is None:
        return None
    from impact.signing.signer import http_timestamper, load_timestamper

    if named.startswith(("http://", "https://")):
        return http_timestamper(named)
    given = os.environ.get("IMPACT_TIMESTAMP_PASSPHRASE", secret)
    return load_timestamper(Path(named), given)


def signing_from(
    signer: Path, *, role: str, reason: str | None, timestamp: str | None, descriptor: int | None
) -> Signing:
    """Load a signer and its timestamp service."""
    from impact.chain.build import Signing
    from impact.signing.signer import load_signer

    secret = passphrase(signer.name, descriptor=descriptor)
    loaded = load_signer(signer, secret)
    return Signing(loaded, role, reason, timestamper_from(timestamp, secret=secret))
