"""impact.toml and the environment -> frozen settings.

In: a folder (the assessment's, or the working folder) and a mapping of environment variables. Out: ``Settings``.
Knows no secrets: passphrases and credentials are asked for where they are used, and never stored here.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from impact.errors import Fault, SettingsError

__all__ = ["Settings", "load_settings"]

FILE = "impact.toml"

# A 2016 decision of the Mayor's Office cites this value of its scheme of consent; the present figure must be checked
# by the body that sets it (questionnaire.yaml, variable approval_threshold).
DEFAULT_APPROVAL_THRESHOLD = 500_000.0


@dataclass(frozen=True)
class Settings:
    """Where packs and templates are looked for, and the organisation's profile.

    Attributes:
        packs: Folders of packs, nearest first.
        templates: Folders of template sets, nearest first.
        approval_threshold: Value in pounds above which the oversight body must approve a procurement strategy.
        approval_threshold_source: Where that value comes from; printed in the report.
        timestamp_url: Address of the timestamp service that is asked where a command names none.
        timestamp_seconds: How long it may take to answer.
        ocsp_ask: Whether responders that certificates name may be asked, where a level of signature needs it.
        ocsp_seconds: How long each may take to answer.
        carried: A folder of packs that came with a document; used only where no other has the digest that its record
            names.
        file: The impact.toml that was read, or None.
    """

    packs: tuple[Path, ...] = ()
    templates: tuple[Path, ...] = ()
    approval_threshold: float = DEFAULT_APPROVAL_THRESHOLD
    approval_threshold_source: str = "a 2016 MOPAC decision that cites its scheme of consent; to be checked"
    timestamp_url: str | None = None
    timestamp_seconds: float = 20.0
    ocsp_ask: bool = False
    ocsp_seconds: float = 20.0
    carried: Path | None = None
    file: Path | None = field(default=None, compare=False)


def load_settings(start: Path, *, environment: Mapping[str, str] | None = None) -> Settings:
    """Settings that apply in ``start``: the nearest impact.toml at or above it, then IMPACT_PACKS and IMPACT_TEMPLATES.

    Folders in impact.toml are relative to that file. Environment variables hold folders separated as in PATH.

    Raises:
        SettingsError: G001 not TOML, G002 unknown key or wrong type, G003 a folder does not exist.
    """
    env = os.environ if environment is None else environment
    file = _find(start)
    data: dict[str, Any] = {}
    if file is not None:
        try:
            data = tomllib.loads(file.read_text(encoding="utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(Fault(str(file), f"not TOML: {error}", "", "Correct the line", "G001")) from None
    faults: list[Fault] = []
    known = {"packs": list, "templates": list, "profile": dict, "timestamp": dict, "ocsp": dict}
    for key, value in data.items():
        if key not in known:
            faults.append(
                Fault(
                    str(file),
                    f"unknown key “{key}”",
                    "packs, templates, [profile], [timestamp] or [ocsp]",
                    "Remove it",
                    "G002",
                )
            )
        elif not isinstance(value, known[key]):
            wanted = "a list of folders" if known[key] is list else f"a table, [{key}]"
            faults.append(Fault(str(file), f"“{key}” has the wrong type", wanted, "", "G002"))
    profile = data.get("profile", {}) if isinstance(data.get("profile", {}), dict) else {}
    for key, value in profile.items():
        if key not in ("approval_threshold", "approval_threshold_source"):
            faults.append(Fault(str(file), f"unknown key “profile.{key}”", "", "Remove it", "G002"))
        elif key == "approval_threshold" and (
            isinstance(value, bool) or not isinstance(value, int | float) or value < 0
        ):
            faults.append(Fault(str(file), "“profile.approval_threshold” is not a number of pounds", "", "", "G002"))
    url, seconds = _timestamp(file, data.get("timestamp"), faults)
    ask, patience = _ocsp(file, data.get("ocsp"), faults)
    if faults:
        raise SettingsError(faults)

    def folders(key: str, variable: str) -> tuple[Path, ...]:
        base = file.parent if file else start
        named = [(f"{file}: {key}", base / str(text)) for text in data.get(key, [])]
        named += [(variable, Path(text)) for text in env.get(variable, "").split(os.pathsep) if text]
        for where, folder in named:
            if not folder.is_dir():
                faults.append(Fault(where, f"{folder} is not a folder", "", "Correct the path", "G003"))
        return tuple(folder.resolve() for _, folder in named)

    packs, templates = folders("packs", "IMPACT_PACKS"), folders("templates", "IMPACT_TEMPLATES")
    if faults:
        raise SettingsError(faults)
    default = Settings()
    return Settings(
        packs=packs,
        templates=templates,
        approval_threshold=float(profile.get("approval_threshold", default.approval_threshold)),
        approval_threshold_source=str(
            profile.get("approval_threshold_source", default.approval_threshold_source)
            if "approval_threshold" not in profile or "approval_threshold_source" in profile
            else FILE
        ),
        timestamp_url=url,
        timestamp_seconds=seconds,
        ocsp_ask=ask,
        ocsp_seconds=patience,
        file=file,
    )


def _timestamp(file: Path | None, part: Any, faults: list[Fault]) -> tuple[str | None, float]:
    """Address of the timestamp service, and how long it may take."""
    part = part if isinstance(part, dict) else {}
    for key in part:
        if key not in ("url", "seconds"):
            faults.append(Fault(str(file), f"unknown key “timestamp.{key}”", "url or seconds", "Remove it", "G002"))
    url = part.get("url")
    if url is not None and not (isinstance(url, str) and url.startswith(("https://", "http://"))):
        wanted = "an address that begins with https://"
        faults.append(Fault(str(file), "“timestamp.url” is not a web address", wanted, "", "G002"))
    return url, _seconds(file, "timestamp", part, faults)


def _ocsp(file: Path | None, part: Any, faults: list[Fault]) -> tuple[bool, float]:
    """Whether responders may be asked, and how long each may take."""
    part = part if isinstance(part, dict) else {}
    for key in part:
        if key not in ("ask", "seconds"):
            faults.append(Fault(str(file), f"unknown key “ocsp.{key}”", "ask or seconds", "Remove it", "G002"))
    ask = part.get("ask", False)
    if not isinstance(ask, bool):
        faults.append(Fault(str(file), "“ocsp.ask” is neither true nor false", "true or false", "", "G002"))
    return ask is True, _seconds(file, "ocsp", part, faults)


def _seconds(file: Path | None, table: str, part: dict[str, Any], faults: list[Fault]) -> float:
    seconds = part.get("seconds", 20.0)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 1 <= seconds <= 300:
        faults.append(Fault(str(file), f"“{table}.seconds” is not a number from 1 to 300", "", "", "G002"))
        return 20.0
    return float(seconds)


def _find(start: Path) -> Path | None:
    folder = start.resolve()
    for parent in (folder, *folder.parents):
        if (parent / FILE).is_file():
            return parent / FILE
        if (parent / ".git").exists():  # a repository is the widest scope that settings may have
            return None
    return None
