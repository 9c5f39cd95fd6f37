"""roles.yaml: who may sign in which role, and what a reader demands of the signatures as a whole.

In: a path. Out: frozen ``Demands``. Knows nothing of certificates but their fingerprints.

A role that several people hold has several boxes: “Panel1”, “Panel2” … belong to the role “Panel”. Boxes of the role
“Dissent” are for people who do not approve: a signature there is heard and counts for nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from impact.errors import Fault
from impact.signing.dissent import is_dissent_box
from impact.yamlfile import Located, YamlFaults, load, nearest

__all__ = ["LEVELS", "Demands", "Role", "belongs", "family", "read_roles"]

LEVELS = ("B-B", "B-T", "B-LT", "B-LTA")  # weakest first
_FINGERPRINT = re.compile(r"sha256:[0-9a-f]{64}")
_NUMBERED = re.compile(r"(.*[^0-9])[1-9][0-9]?")
_TOP = ("required", "present", "timestamp", "level", "roles")
_ROLE = ("label", "certificates")


@dataclass(frozen=True)
class Role:
    """Who may sign in one role: its ``name``, its ``label``, fingerprints of the certificates that may."""

    name: str
    label: str
    certificates: frozenset[str]


@dataclass(frozen=True)
class Demands:
    """What roles.yaml says.

    Attributes:
        roles: Who may sign where, in file order.
        required: Roles that must have signed. A dissent does not meet it.
        present: Roles that must stand in the file, be it as a dissent.
        timestamp_required: Whether each signature must carry a trusted time.
        level: The least level of each signature; B-B demands nothing.
    """

    roles: tuple[Role, ...] = ()
    required: tuple[str, ...] = ()
    present: tuple[str, ...] = ()
    timestamp_required: bool = True
    level: str = "B-B"


def family(box: str) -> str:
    """The role to which a box belongs.

    >>> family("Panel2"), family("Assessor"), family("7")
    ('Panel', 'Assessor', '7')
    """
    numbered = _NUMBERED.fullmatch(box)
    return numbered[1] if numbered else box


def belongs(box: str, role: str) -> bool:
    """Whether ``box`` is the role's own, or one of its several.

    >>> belongs("Panel2", "Panel"), belongs("Panel2", "Panel2"), belongs("Panel2", "Panel1")
    (True, True, False)
    """
    return role in (box, family(box))


def read_roles(path: Path, faults: list[Fault]) -> Demands:
    """Read roles.yaml; what is wrong with it is added to ``faults``."""
    if not path.exists():
        faults.append(
            Fault(
                str(path),
                "the file is missing",
                "who may sign in which role",
                "Write one; impact keys practice shows an example. Without it anyone with a certificate could sign",
                "S044",
            )
        )
        return Demands()
    try:
        located = load(path, family="S")
    except YamlFaults as error:
        faults.extend(error.faults)
        return Demands()
    data = located.data
    if not isinstance(data, dict):
        faults.append(Fault(located.place_of(()), "not a mapping", "required, timestamp and roles", "", "S045"))
        return Demands()
    _unknown_keys(located, (), data, _TOP, faults)
    roles = _roles(located, data.get("roles"), faults)
    known = [role.name for role in roles] if "roles" in data else None
    if "required" not in data:
        faults.append(
            Fault(located.place_of(()), "missing “required”", "the roles that must have signed", "Add it", "S046")
        )
    required = _listed(located, data, "required", known, faults)
    for index, name in enumerate(required):
        if is_dissent_box(name):
            found, wanted = "a dissent is no approval, so it cannot be required", "a role that approves"
            remedy = "List it under “present”, if the dissent must stand in the file"
            faults.append(Fault(located.place_of(("required", index)), found, wanted, remedy, "S149"))
    present = _listed(located, data, "present", known, faults) if "present" in data else ()
    timestamp = data.get("timestamp", "required")
    if timestamp not in ("required", "optional"):
        faults.append(
            Fault(located.place_of(("timestamp",)), "“timestamp” is neither", "required or optional", "", "S045")
        )
    level = data.get("level", "B-B")
    if level not in LEVELS:
        faults.append(Fault(located.place_of(("level",)), "not a level", "one of: " + ", ".join(LEVELS), "", "S045"))
        level = "B-B"
    return Demands(roles, required, present, timestamp != "optional", level)


def _listed(
    located: Located, data: dict[Any, Any], key: str, known: list[str] | None, faults: list[Fault]
) -> tuple[str, ...]:
    """A list of roles, each of which somebody may sign in."""
    listed = data.get(key)
    if key not in data:
        return ()
    if not isinstance(listed, list) or not listed or not all(isinstance(name, str) for name in listed):
        faults.append(
            Fault(located.place_of((key,)), "not a list of roles", "at least one role", "Write [Assessor]", "S045")
        )
        return ()
    for index, name in enumerate(listed):
        if known is not None and not any(belongs(name, each) for each in known):
            near = nearest(name, known)
            faults.append(
                Fault(
                    located.place_of((key, index)),
                    f"the {'required ' if key == 'required' else ''}role “{name}” is not under “roles”",
                    "a role that somebody may sign in",
                    f"Did you mean “{near}”?" if near else "Add it, or take it out here",
                    "S047",
                )
            )
    return tuple(dict.fromkeys(listed))


def _roles(located: Located, data: Any, faults: list[Fault]) -> tuple[Role, ...]:
    if not isinstance(data, dict) or not data:
        code = "S045" if data is not None else "S046"
        where = located.place_of(("roles",)) if data is not None else located.place_of(())
        faults.append(Fault(where, "no roles are listed", "each role with its certificates", "Add “roles”", code))
        return ()
    roles = []
    for name, part in data.items():
        at: tuple[str | int, ...] = ("roles", name)
        if not isinstance(name, str) or not isinstance(part, dict):
            faults.append(
                Fault(located.place_of(at), f"role “{name}” is not a mapping", "label, certificates", "", "S045")
            )
            continue
        _unknown_keys(located, at, part, _ROLE, faults)
        label = part.get("label", name)
        if not isinstance(label, str):
            faults.append(Fault(located.place_of((*at, "label")), "“label” is not text", "text", "", "S045"))
            label = name
        listed = part.get("certificates")
        if not isinstance(listed, list) or not listed:
            where = located.place_of((*at, "certificates"))
            faults.append(
                Fault(
                    where,
                    f"role “{name}” lists no certificates",
                    "fingerprints of those who may sign",
                    "Add them",
                    "S046",
                )
            )
            listed = []
        good = []
        for index, text in enumerate(listed):
            spoken = text.strip().lower().replace(":", "").removeprefix("sha256") if isinstance(text, str) else ""
            if _FINGERPRINT.fullmatch(f"sha256:{spoken}"):
                good.append(f"sha256:{spoken}")
            else:
                faults.append(
                    Fault(
                        located.place_of((*at, "certificates", index)),
                        "not a fingerprint",
                        "sha256: and 64 hexadecimal digits, in quotes",
                        "openssl x509 -noout -fingerprint -sha256 -in CERTIFICATE prints it",
                        "S048",
                    )
                )
        roles.append(Role(name, label, frozenset(good)))
    return tuple(roles)


def _unknown_keys(
    located: Located, at: tuple[str | int, ...], data: dict[Any, Any], known: tuple[str, ...], faults: list[Fault]
) -> None:
    for key in data:
        if key not in known:
            near = nearest(str(key), known)
            faults.append(
                Fault(
                    located.place_of((*at, key), key=True),
                    f"unknown key “{key}”",
                    "one of: " + ", ".join(known),
                    f"Did you mean “{near}”?" if near else "Remove it, or check the name",
                    "S045",
                )
            )
