"""The file claims.yaml: where the decision log and its side files stand, and what is declared for single checks.

In: located YAML. Out: a frozen ``ClaimsPlan``, or every fault of the file at once (codes K).
Opens no data: whether a column exists is seen when the log is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from impact.claims.contract import CHARACTERISTICS, CONTRACT, PEOPLE
from impact.errors import ClaimError, Fault
from impact.metrics.logs.source import LogSource
from impact.yamlfile import Located, YamlFaults, faults_of_model, load, nearest

__all__ = ["ClaimsPlan", "load_claims_plan"]

FILE = "claims.yaml"
Figure = float | str | bool | date | list[str] | dict[str, float]
_KINDS = ("csv", "parquet", "sqlite", "duckdb", "postgres")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_PARTS = {
    "path": (_KINDS[:-1], "file", "Name a file below the folder of claims.yaml"),
    "table": (_KINDS[2:], "table", "Name the table or view"),
    "url_env": (_KINDS[-1:], "variable", "Name the environment variable that holds the address of the database"),
}
_GROUPS = tuple(name for name in PEOPLE if name not in ("subject_key", "protected_disclosure", "ts_disclosure"))


class ClaimsPlan(BaseModel):
    """What the log is and how it is read.

    Attributes:
        version: Of this form.
        log: The case log.
        people: Who belongs to which group, in a file of its own that is joined on ``subject_key``.
        sides: Side files, by the names of the contract.
        as_at: What “now” means to checks of retention; the date of the assessment where it is left out.
        characteristics: Group columns that equality is tested over.
        reference: Characteristic -> group that the others are compared with.
        checks: Check -> figures that are declared here, each check with a ``reason``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    version: Literal[1]
    log: LogSource | None = None
    people: LogSource | None = None
    sides: Mapping[str, LogSource] = Field(default_factory=dict)
    as_at: date | None = None
    characteristics: tuple[str, ...] = Field(default=(), strict=False)
    reference: Mapping[str, str] = Field(default_factory=dict)
    checks: Mapping[str, Mapping[str, Figure]] = Field(default_factory=dict)

    def sources(self) -> dict[str, LogSource]:
        """Table -> source, of everything that is named."""
        named = {"log": self.log, "people": self.people, **self.sides}
        return {name: source for name, source in named.items() if source is not None}


def load_claims_plan(path: Path, *, checks: tuple[str, ...]) -> ClaimsPlan:
    """Read claims.yaml.

    Args:
        path: The file.
        checks: Ids of the checks that there are, those of the pack included.

    Raises:
        ClaimError: K001–K004 not readable as YAML; K010 missing, K011 unknown key, K012 a value that cannot be used,
            K013 a side file that no check knows, K014 a column that the contract has not, K015 a check that there is
            not, K016 figures without a reason, K017 a characteristic that there is not, K018 nothing is named; D204
            a table of Spark.
    """
    try:
        located = load(path, name=str(path), family="K")
    except YamlFaults as error:
        raise ClaimError(error.faults) from None
    if not isinstance(located.data, dict):
        remedy = "Start it with “version: 1”; docs/claims.md shows a whole file"
        raise ClaimError(Fault(str(path), "the file holds nothing", "keys and values", remedy, "K010"))
    away = list(_on_a_cluster(located))
    try:
        plan = ClaimsPlan.model_validate(located.data)
    except ValidationError as error:
        codes = {"missing": "K010", "extra_forbidden": "K011"}
        said = faults_of_model(error, located, codes=codes, default="K012", model=ClaimsPlan)
        told = {fault.where for fault in away}
        raise ClaimError([*away, *(fault for fault in said if fault.where not in told)]) from None
    faults = [*_tables(plan, located), *_groups(plan, located), *_checks(plan, located, checks)]
    if not plan.sources():
        remedy = "Name the case log under “log”, or a side file under “sides”"
        faults.append(Fault(located.place_of(()), "no log and no side file is named", "at least one", remedy, "K018"))
    if faults:
        raise ClaimError(faults)
    return plan


def _tables(plan: ClaimsPlan, located: Located) -> Iterator[Fault]:
    known = [name for name in CONTRACT if name not in ("log", "people")]
    for name in plan.sides:
        if name not in known:
            near = nearest(name, known)
            remedy = f"Did you mean “{near}”?" if near else f"There are: {', '.join(known)}"
            yield Fault(located.place_of(("sides", name), key=True), f"no check reads “{name}”", "", remedy, "K013")
    for name, source in plan.sources().items():
        at = (name,) if name in ("log", "people") else ("sides", name)
        fields = CONTRACT.get(name, {})
        for part, given in (("columns", source.columns), ("values", source.values)):
            for column in given:
                if fields and column not in fields:
                    near = nearest(column, fields)
                    remedy = f"Did you mean “{near}”?" if near else "docs/claims.md lists the columns"
                    where = located.place_of((*at, part, column), key=True)
                    yield Fault(where, f"the contract has no column “{column}” here", "", remedy, "K014")
        for column, words in source.values.items():
            yield from _words(located, (*at, "values", column), fields.get(column), words)
        yield from _parts(located, at, source)


def _on_a_cluster(located: Located) -> Iterator[Fault]:
    """Tables of Spark: rows would have to leave the cluster for the checks, which are SQL of another engine."""
    data = located.data
    sides = data.get("sides")
    named: list[tuple[tuple[str, ...], Any]] = [((name,), data.get(name)) for name in ("log", "people")]
    named += [(("sides", str(name)), entry) for name, entry in sides.items()] if isinstance(sides, Mapping) else []
    for at, entry in named:
        if isinstance(entry, Mapping) and entry.get("kind") == "spark":
            found = "claims cannot be tested on Spark, and rows are not taken off a cluster for it"
            remedy = "Write the mapped columns to Parquet there, and run where that file is (docs/scale.md shows how)"
            yield Fault(located.place_of((*at, "kind")), found, ", ".join(_KINDS), remedy, "D204")


def _parts(located: Located, at: tuple[str, ...], source: LogSource) -> Iterator[Fault]:
    """Which of path, table and url_env goes with which kind."""
    for key, (kinds, wanted, remedy) in _PARTS.items():
        given = getattr(source, key)
        if source.kind in kinds and not given:
            yield Fault(located.place_of(at), f"no {wanted} is named", f"“{key}:”", remedy, "K010")
        elif source.kind not in kinds and given:
            found = f"“{key}” does not go with “kind: {source.kind}”"
            yield Fault(located.place_of((*at, key), key=True), found, "", "Remove it, or correct “kind”", "K012")
    # What stands in a wrong place may be the address with its password: it is not repeated.
    if source.kind == "postgres" and source.url_env and not _VARIABLE.fullmatch(source.url_env):
        found, wanted = "“url_env” is not the name of an environment variable", "letters, digits and _"
        remedy = "Put the address into an environment variable and name that; change the password if it stood here"
        yield Fault(located.place_of((*at, "url_env")), found, wanted, remedy, "K012")
    for key in ("path", "table"):
        if "://" in (getattr(source, key) or ""):
            remedy = "Name a file or a table; an address belongs into the environment variable that “url_env” names"
            yield Fault(located.place_of((*at, key)), f"“{key}” is an address", "", remedy, "K012")


def _words(located: Located, at: tuple[str, ...], field: Any, words: Mapping[str, Any]) -> Iterator[Fault]:
    if field is None:
        return
    allowed = ("true", "false") if field.kind == "bool" else field.values
    if field.kind not in ("bool", "text"):
        yield Fault(located.place_of(at), f"{field.name} holds {field.kind}", "", "Remove its words", "K012")
    for word in words:
        if allowed and word not in allowed:
            near = nearest(word, allowed)
            remedy = f"Did you mean “{near}”?" if near else f"It may be: {', '.join(allowed)}"
            yield Fault(located.place_of((*at, word), key=True), f"{field.name} cannot be “{word}”", "", remedy, "K012")


def _groups(plan: ClaimsPlan, located: Located) -> Iterator[Fault]:
    for index, name in enumerate(plan.characteristics):
        if name not in _GROUPS:
            near = nearest(name, _GROUPS)
            remedy = f"Did you mean “{near}”?" if near else f"There are: {', '.join(CHARACTERISTICS)}"
            where = located.place_of(("characteristics", index))
            yield Fault(where, f"“{name}” is not a characteristic", "", remedy, "K017")
    for name in plan.reference:
        if name not in _GROUPS:
            near = nearest(name, _GROUPS)
            remedy = f"Did you mean “{near}”?" if near else f"There are: {', '.join(CHARACTERISTICS)}"
            where = located.place_of(("reference", name), key=True)
            yield Fault(where, f"“{name}” is not a characteristic", "", remedy, "K017")


def _checks(plan: ClaimsPlan, located: Located, checks: tuple[str, ...]) -> Iterator[Fault]:
    for name, figures in plan.checks.items():
        where = located.place_of(("checks", name), key=True)
        if name not in checks:
            near = nearest(name, checks)
            remedy = f"Did you mean “{near}”?" if near else "“impact claims --list” names them"
            yield Fault(where, f"there is no check “{name}” in this pack", "", remedy, "K015")
        elif not isinstance(figures.get("reason"), str) or not str(figures["reason"]).strip():
            remedy = "Add “reason:”; it is printed beside the figure"
            yield Fault(where, f"{name}: figures are declared without a reason", "why this figure", remedy, "K016")
        zone = figures.get("zone")
        if zone is not None and not (isinstance(zone, str) and _is_zone(zone)):
            found, wanted = f"“{zone}” is not a time zone", "a name of the IANA list"
            remedy = "Write it as Europe/London; BST and the like are names of several zones"
            yield Fault(located.place_of(("checks", name, "zone")), found, wanted, remedy, "K012")


def _is_zone(name: str) -> bool:
    """Whether it is a name of the IANA list: the engine has others too, and takes BST for Bangladesh.

    >>> _is_zone("Europe/London"), _is_zone("UTC"), _is_zone("BST"), _is_zone("../etc/passwd")
    (True, True, False, False)
    """
    try:
        return bool(ZoneInfo(name).key)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
