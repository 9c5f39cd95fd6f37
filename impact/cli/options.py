"""Options that several commands share, and where secrets come from.

In: what a person typed. Out: types for typer, a passphrase, a signing set-up. Secrets are never printed or stored.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from impact.errors import Fault, SignatureError

if TYPE_CHECKING:
    from impact.chain.build import Document, Signing
    from impact.settings import Settings
    from impact.signing.responder import Ask
    from impact.signing.signer import Signer, Timestamper
    from impact.signing.trust import Authorities

__all__ = [
    "CountingEngine",
    "Folder",
    "Force",
    "Json",
    "Level",
    "Lists",
    "Ocsp",
    "PassphraseFd",
    "Quiet",
    "Templates",
    "Timestamp",
    "Withhold",
    "WithoutSecondOpinion",
    "also_told",
    "asker_from",
    "authorities_from",
    "check_level",
    "passphrase",
    "signer_from",
    "signing_from",
    "timestamper_from",
]

PKCS11 = "pkcs11:"
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
    typer.Option(
        "--timestamp",
        "--timestamp-url",
        help="Timestamp service: an address, or a practice file; by default that of impact.toml.",
        metavar="WHERE",
    ),
]
PassphraseFd = Annotated[
    int | None,
    typer.Option("--passphrase-fd", help="Read the passphrase or PIN from this file descriptor.", metavar="N"),
]

Level = Annotated[
    Literal["b-b", "b-t", "b-lt", "b-lta"] | None,
    typer.Option("--level", help="PAdES level; by default b-t with a timestamp service, else b-b."),
]
Lists = Annotated[
    Path | None,
    typer.Option(
        "--trust", help="Folder of roots, revocation lists and answers (*.ors), for B-LT and B-LTA.", metavar="DIR"
    ),
]
Ocsp = Annotated[
    bool | None,
    typer.Option(
        "--ocsp/--no-ocsp",
        help="Ask the responders that certificates name, where the folder has no list; by default as impact.toml says.",
        show_default=False,
    ),
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
    if what.startswith(PKCS11):  # an empty PIN is an answer: the token has a keypad of its own
        return str(typer.prompt(f"PIN of {what}", hide_input=True, err=True, default="", show_default=False))
    return str(typer.prompt(f"Passphrase of {what}", hide_input=True, err=True))


def timestamper_from(named: str | None, *, secret: str | None, settings: Settings | None = None) -> Timestamper | None:
    """A timestamp service: an address (RFC 3161), or a local timestamp signer's file, for practice.

    Where none is named, that of impact.toml, if it has one.
    """
    from impact.signing.signer import http_timestamper, load_timestamper

    seconds = settings.timestamp_seconds if settings is not None else 20.0
    if named is None:
        url = settings.timestamp_url if settings is not None else None
        return http_timestamper(url, seconds=seconds) if url is not None else None
    if named.startswith(("http://", "https://")):
        return http_timestamper(named, seconds=seconds)
    given = os.environ.get("IMPACT_TIMESTAMP_PASSPHRASE", secret)
    return load_timestamper(Path(named), given)


def signer_from(named: str, *, descriptor: int | None) -> tuple[Signer, str | None]:
    """A signer from a key file, or from a token (``pkcs11:…``); and the passphrase, where there is a file.

    Raises:
        SignatureError: S010 to S016 of a file, S150 to S157 of a token, S090 there is nobody to ask for the secret.
    """
    if named.startswith(PKCS11):
        from impact.signing.token import load_token_signer
        from impact.signing.token_uri import parse_token

        pin = passphrase(f"{PKCS11} {parse_token(named, environment=os.environ).shown}", descriptor=descriptor)
        return load_token_signer(named, pin or None, environment=os.environ), None
    from impact.signing.signer import load_signer

    secret = passphrase(Path(named).name, descriptor=descriptor)
    return load_signer(Path(named), secret), secret


def check_level(level: str | None, *, timestamp: str | None, trust: Path | None, ocsp: bool | None) -> None:
    """Refuse options that the level has no use for.

    Raises:
        typer.BadParameter: With what to leave out.
    """
    long = level in ("b-lt", "b-lta")
    if level == "b-b" and timestamp is not None:
        raise typer.BadParameter("level b-b has no timestamp: leave out --timestamp, or choose b-t")
    if trust is not None and not long:
        raise typer.BadParameter("--trust is for --level b-lt and b-lta")
    if ocsp is not None and not long:
        raise typer.BadParameter("--ocsp and --no-ocsp are for --level b-lt and b-lta")


def authorities_from(folder: Path | None) -> Authorities | None:
    """Roots, lists and answers of a folder; None for none."""
    if folder is None:
        return None
    from impact.signing.trust import load_authorities

    return load_authorities(folder)


def asker_from(ocsp: bool | None, *, settings: Settings) -> Ask | None:
    """What asks responders; None where neither the command nor impact.toml allows it."""
    if not (settings.ocsp_ask if ocsp is None else ocsp):
        return None
    from impact.signing.responder import asker

    return asker(seconds=settings.ocsp_seconds)


def signing_from(
    signer: str,
    *,
    role: str,
    reason: str | None,
    timestamp: str | None,
    descriptor: int | None,
    settings: Settings,
    level: str | None = None,
    trust: Path | None = None,
    ocsp: bool | None = None,
) -> Signing:
    """Load a signer, its timestamp service, and what its level needs; the folder before any secret is asked for."""
    from impact.chain.build import Signing

    authorities = authorities_from(trust)
    loaded, secret = signer_from(signer, descriptor=descriptor)
    stamper = None if level == "b-b" else timestamper_from(timestamp, secret=secret, settings=settings)
    return Signing(
        loaded,
        role,
        reason,
        stamper,
        level=level.upper() if level else None,
        authorities=authorities,
        ask=asker_from(ocsp, settings=settings),
    )


Folder = Annotated[Path, typer.Argument(help="The assessment folder.", metavar="DIR", show_default=False)]
Templates = Annotated[str, typer.Option("--templates", help="Template set.", metavar="NAME")]
Withhold = Annotated[
    list[str] | None,
    typer.Option(
        "--withhold",
        help="Make the public version without this part: an id, repeated, or “listed” for all of withhold.yaml.",
        metavar="ID",
    ),
]


def also_told(document: Document) -> dict[str, Any]:
    """What JSON output adds where there is something to know of what is withheld."""
    return {"told": list(document.told)} if document.told else {}
