"""The command on time: rates by period and by version, and what moved, narrow enough for a terminal of 80 columns."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from impact.cli.options import Json, Quiet
from impact.cli.output import Speaker, columns

__all__ = ["register"]

_WIDTH = 80
_CELL, _ABREAST = 15, 4  # letters of a group's name, and how many groups stand beside everyone
Rows = Sequence[Mapping[str, Any]]


def register(app: typer.Typer) -> None:
    """Add the command to ``impact audit``."""
    app.command(short_help="Rates by period and version, and what moved.")(trend)


def trend(
    out: Annotated[
        Path,
        typer.Argument(help="Folder of “impact audit run”, or its findings.json.", metavar="OUT", show_default=False),
    ],
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Rates and gaps by period and by version, and whether anything moved; all of it is computed again first."""
    from impact.chain.audit_trend import read_trends
    from impact.report.view.standing import standing
    from impact.report.view.topics import PLAIN

    speaker = Speaker(json=json, quiet=quiet)
    found = read_trends(out, step=speaker.step)
    tables, groups = found.tables, found.plan["groups"]
    lines = list(_wrapped(found.plan["title"]))
    for metric in dict.fromkeys(row["metric"] for row in (*tables["periods"], *tables["versions"])):
        lines += ["", *_wrapped(found.labels[metric][:1].upper() + found.labels[metric][1:])]
        for key in groups:
            label = groups[key].get("label") or key
            lines += _by_period([row for row in tables["periods"] if row["metric"] == metric], key, label)
        lines += _changes([row for row in tables["changes"] if row["metric"] == metric])
        lines += _by_version([row for row in tables["versions"] if row["metric"] == metric])
        lines += _version_changes([row for row in tables["version_changes"] if row["metric"] == metric])
    lines += ["", "What to bear in mind"]
    for row in tables["period_notes"]:
        lines += _wrapped(f"- {row['text']}", hang=2)
    plain = PLAIN.get(standing({"plan": found.plan}))
    for text in (*([plain] if plain else []), *_ALWAYS):
        lines += _wrapped(f"- {text}", hang=2)
    speaker.result(found.to_json(), lines)


_ALWAYS = (
    "Points in brackets: difference from all who do not share the characteristic.",
    "A star marks a period of which more or less is known than of the others: it is in no statement about change.",
    "p: how often rates that never moved would look like this; adjusted: after allowing for all comparisons. All of "
    "this is exploratory. Seasons, a change of policy and a new version at the same date look alike.",
)


def _wrapped(text: str, *, hang: int = 0, indent: int = 0) -> list[str]:
    return textwrap.wrap(
        text, _WIDTH, initial_indent=" " * indent, subsequent_indent=" " * (indent + hang), break_on_hyphens=False
    )


def _cut(text: str, size: int) -> str:
    return text if len(text) <= size else text[: size - 1] + "…"


def _by_period(rows: Rows, key: str, label: str) -> Iterator[str]:
    """Periods down, groups across; further groups in blocks below."""
    from impact.report.view.topics.parts import group_name

    everyone = {row["period"]: row for row in rows if not row["group"]}
    groups: dict[str, dict[str, Mapping[str, Any]]] = {}
    for row in rows:
        if key in row["group"]:
            groups.setdefault(group_name(row), {})[row["period"]] = row
    names = list(groups)
    while names:
        for abreast in range(_ABREAST, 0, -1):  # as many groups beside each other as fit
            part = names[:abreast]
            head = ["Period", "Everyone", *(_cut(name, _CELL) for name in part)]
            body = [
                [period, _rate(everyone[period]), *(_rate(groups[name][period]) for name in part)]
                for period in everyone
            ]
            lines = columns([head, *body])
            if max(map(len, lines)) <= _WIDTH:
                break
        yield from ("", *_wrapped(f"by {label}", indent=2), *lines)
        names = names[len(part) :]


def _rate(row: Mapping[str, Any]) -> str:
    from impact.report.figures import percent
    from impact.report.view.parts import signed_points

    if row["value"] is None:
        return "nobody" if row["reason"] == "empty_cell" else "–"
    star = "*" if row.get("left_out") else ""
    gap = (row["difference"] or {}).get("value")
    return f"{percent(row['value'])}{star}" + ("" if gap is None else f" ({signed_points(gap)})")


def _changes(rows: Rows) -> Iterator[str]:
    """Group by group: change of level, trend, trend of the gap, periods outside."""
    from impact.report.figures import percent
    from impact.report.view.audit import why_none
    from impact.report.view.parts import signed_points
    from impact.report.view.topics.parts import group_name

    if rows:
        yield from ("", "  Did it move?")
    for row in rows:
        change, parts = row["change"], []
        if change["reason"]:
            parts.append(f"change of level: {why_none(change['reason'])}")
        else:
            parts.append(
                f"change of level most likely from {change['first']}, {percent(change['before'])} before and "
                f"{percent(change['after'])} since ({_p(change)})"
            )
        for name, words in (("trend", "trend"), ("gap_trend", "trend of the gap")):
            part = row[name]
            if part is not None and part["value"] is not None:
                parts.append(f"{words} {signed_points(part['value'])} points a period ({_p(part)})")
        outside = [f"{each['period']} ({each['place']})" for each in row["funnel"]["outside"]]
        parts += [f"outside the funnel limits: {', '.join(outside)}"] if outside else []
        yield from _wrapped(f"{group_name(row)}: {'; '.join(parts)}.", indent=4, hang=2)


def _p(part: Mapping[str, Any]) -> str:
    from impact.report.view.topics.periods import probability

    return f"p {probability(part['log10_p'])}, adjusted {probability(part['log10_p_adjusted'])}"


def _by_version(rows: Rows) -> Iterator[str]:
    from impact.report.view.topics.parts import group_name

    if rows:
        yield from ("", "  By version")
        yield from columns([["Group", "Version", "Rate"], *(_version(row, group_name(row)) for row in rows)], indent=4)


def _version(row: Mapping[str, Any], name: str) -> list[str]:
    from impact.report.figures import count

    version = "not known" if row["version"] == "__missing__" else row["version"]
    counted = f", {count(row['k'])} of {count(row['n'])}" if row["value"] is not None else ""
    return [_cut(name, 24), _cut(version, 16), _rate(row) + counted]


def _version_changes(rows: Rows) -> Iterator[str]:
    """From one version to the next, in words: the two scales may disagree."""
    from impact.report.view.audit import why_none
    from impact.report.view.parts import signed_points
    from impact.report.view.topics.parts import group_name
    from impact.report.view.topics.versions import in_words

    if rows:
        yield ""
    for row in rows:
        text = f"{group_name(row)}, from {row['from']} to {row['to']}: "
        if row["change"] is None:
            text += f"{why_none(row['reason'])}."
        else:
            text += f"{signed_points(row['change']['value'])} points"
            if row["points"] is None:
                text += "."
            else:
                text += f", all others {signed_points(row['change_others']['value'])}. {in_words(row)}"
        yield from _wrapped(text, indent=4, hang=2)
