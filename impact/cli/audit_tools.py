"""Commands around an audit: methods, selftest, explain, request, init, merge."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from impact.cli.options import Force, Json, Quiet, WithoutSecondOpinion
from impact.cli.output import Speaker, columns, paragraph
from impact.errors import Exit

if TYPE_CHECKING:
    from impact.metrics.tools.selftest import SelfTest

__all__ = ["register"]

Plan = Annotated[Path, typer.Argument(help="The audit plan, audit.yaml.", metavar="PLAN", show_default=False)]
Out = Annotated[
    Path,
    typer.Argument(help="Folder of “impact audit run”, or its findings.json.", metavar="OUT", show_default=False),
]


def register(app: typer.Typer) -> None:
    """Add the commands to ``impact audit``."""
    for command, short in (
        (init, "A first plan for a table, from six questions."),
        (request, "Ask for counts only: table, query and letter."),
        (explain, "How one number arose."),
        (merge, "Add up the counts of several bodies."),
        (methods, "Every formula, with its source."),
        (selftest, "Published examples, recomputed here."),
    ):
        app.command(short_help=short)(command)


def methods(json: Json = False) -> None:
    """Every metric and statistical method: formula, unit, range, direction, when undefined, source."""
    from impact.metrics.tools.methods import methods as listed

    found = listed()
    lines = ["SIGNS", *columns([list(pair) for pair in found["signs"].items()])]
    for entry in found["metrics"]:
        worse = ", ".join(f"{effect}: {direction}" for effect, direction in entry["worse_when"].items())
        bounds = entry["bounds"]
        lines += _block(
            f"{entry['key']}  {entry['name']}",
            {
                "formula": f"{entry['formula']} = {entry['definition']}",
                "unit": f"{entry['unit']}, {entry['range']}; {entry['parity']} where groups are equal",
                "worse": worse or "no direction of harm is declared for this metric",
                "undefined": f"when {entry['undefined_when']}",
                "range": f"{bounds['low']} to {bounds['high']} ({bounds['method']})" if bounds else "",
                "needs": ", ".join(entry["needs"]),
                "interval": entry["interval"],
                "source": entry["source"],
            },
        )
    for entry in found["statistics"]:
        lines += _block(
            f"{entry['key']}  {entry['name']} ({entry['kind']})",
            {
                "formula": entry["formula"],
                "unit": f"{entry['unit']}, {entry['range']}",
                "direction": entry["direction"],
                "undefined": entry["undefined_when"],
                "source": entry["source"],
                "code": f"impact.metrics.{entry['code']}",
            },
        )
    lines += ["", "WHY A FIGURE MAY BE MISSING", *columns([list(pair) for pair in found["reasons"].items()])]
    lines += ["", "CAVEATS", *columns([list(pair) for pair in found["caveats"].items()])]
    Speaker(json=json).result(found, lines)


def _block(title: str, parts: dict[str, str]) -> list[str]:
    lines = ["", title]
    for name, text in parts.items():
        if text:
            first, *rest = paragraph(text, indent=" " * 14)
            lines += [f"  {name:<11} {first.strip()}", *rest]
    return lines


def selftest(json: Json = False) -> None:
    """Recompute published worked examples on this machine; exit status 5 if any figure comes out otherwise."""
    from impact.metrics.tools.selftest import selftest as recompute

    tell(recompute(), Speaker(json=json))


def tell(found: SelfTest, speaker: Speaker) -> None:
    """Print a self-test, and end with status 5 where a figure came out otherwise."""
    lines = []
    for each in found.outcomes:
        example = each.example
        lines.append(f"{'agrees   ' if each.agrees else 'DISAGREES'}  {example.name}")
        lines += columns(
            [
                ["expected", _figures(example.expected, example.decimals)],
                ["got", _figures(each.got, example.decimals + 4)],
            ],
            indent=11,
        )
        lines += paragraph(f"source    {example.source}", indent=" " * 11)
    wrong = sum(not each.agrees for each in found.outcomes)
    lines += ["", "Computed with"]
    lines += columns([list(pair) for pair in found.versions.items()])
    count = len(found.outcomes)
    lines += ["", f"{count} worked examples: {'all agree' if not wrong else f'{wrong} DISAGREE'}."]
    speaker.result(found.to_json(), lines)
    if wrong:
        speaker.say("impact: do not use figures from this machine; report which examples disagree")
        raise typer.Exit(int(Exit.DISAGREES))


def _figures(values: Iterable[Any], decimals: int) -> str:
    shown = []
    for value in values:
        if value is None:
            shown.append("open")
        elif isinstance(value, float):
            shown.append(f"{value:.{decimals}f}")
        else:
            shown.append(str(value))
    return ", ".join(shown)


def explain(
    out: Out,
    finding: Annotated[str, typer.Argument(help="Id of a finding, F-0007 or 7.", metavar="ID", show_default=False)],
    json: Json = False,
) -> None:
    """How one number arose: counts, formula, intervals, family, verdict rule, second opinion, caveats."""
    from impact.chain.audit_tools import explain_finding, require_agreement

    found = explain_finding(out, finding)
    lines = [f"{found.id}  {found.title}", "", *paragraph(found.sentence)]
    for part in found.parts:
        lines += ["", part.heading]
        for line in part.lines:
            lines += paragraph(line, indent="  ")
    if not found.disagreements:
        lines += [
            "",
            "Rates, differences, intervals and the verdict were worked out again from these counts, and agree.",
        ]
    Speaker(json=json).result(found.to_json(), lines)
    require_agreement(out, found)


def request(
    plan: Plan,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", "-o", help="Table to write; query, letter and plan are written beside it.", metavar="FILE"
        ),
    ] = None,
    table: Annotated[
        str, typer.Option("--table", help="What the query reads from.", metavar="NAME", show_default=False)
    ] = "your_table",
    force: Force = False,
    json: Json = False,
) -> None:
    """A request for counts only: a table to fill in, a query that fills it, a letter, and the plan that reads it."""
    from impact.chain.audit_tools import request_counts
    from impact.outputs import refuse_existing, write_file

    target = None if out is None else out.with_suffix(".csv")
    made = request_counts(plan, table=table, file="counts.csv" if target is None else target.name)
    if target is None:
        titles = {"Letter": made.letter, "Query": made.sql, "Plan that reads the answer": made.plan}
        lines = [line for title, text in titles.items() for line in (f"=== {title}", "", text)]
        Speaker(json=json).result(made.to_json(), [*lines, "=== Table", "", made.template.rstrip("\n")])
        return
    files = {
        target: made.template,
        target.with_suffix(".sql"): made.sql,
        target.with_suffix(".txt"): made.letter,
        target.with_suffix(".yaml"): made.plan,
    }
    refuse_existing(files, force=force)
    for path, text in files.items():
        write_file(path, text.encode(), force=force)
    listed = [["table", str(target)], ["query", ".sql"], ["letter", ".txt"], ["plan that reads the answer", ".yaml"]]
    lines = [*columns([[name, str(path)] for (name, _), path in zip(listed, files, strict=True)], indent=0), ""]
    if made.left_out:
        lines += [*paragraph("Not in counts, and told in the letter:"), *(f"- {each}" for each in made.left_out), ""]
    lines += paragraph(
        f"{made.rows:,} rows. Run “impact audit check {target.with_suffix('.yaml')}” on what comes back."
    )
    Speaker(json=json).result({"files": [str(path) for path in files], **made.to_json()}, lines)


def merge(
    outs: Annotated[
        list[Path],
        typer.Argument(help="Folders of “impact audit run”, two or more.", metavar="OUT...", show_default=False),
    ],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.", metavar="OUT2")],
    disjoint: Annotated[
        bool, typer.Option("--disjoint", help="You declare that nobody has rows in two of the folders.")
    ] = False,
    without_second_opinion: WithoutSecondOpinion = False,
    force: Force = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Add up the counts of several bodies and audit the sum; refuses plans that mean different things."""
    from impact.chain.audit import written
    from impact.chain.audit_tools import merge_audits
    from impact.outputs import refuse_existing, staged
    from impact.settings import load_settings

    speaker = Speaker(json=json, quiet=quiet)
    refuse_existing(
        [out / name for name in ("findings.json", "cells.parquet", "audit.html", "audit.yaml")], force=force
    )
    done = merge_audits(
        outs,
        settings=load_settings(Path.cwd()),
        now=datetime.now(UTC),
        step=speaker.step,
        second_opinion=not without_second_opinion,
        disjoint=disjoint,
    )
    with staged(out, force=force, ours=(*written(), "audit.yaml")) as stage:
        for name, data in done.files.items():
            (stage / name).parent.mkdir(parents=True, exist_ok=True)
            (stage / name).write_bytes(data)
    found = done.findings
    lines = columns(
        [[each["file"], f"{each['people']:,}", each["cells_digest"]] for each in found["source_fingerprint"]], indent=0
    )
    lines += ["", f"Together {found['people']:,}, in {len(found['findings'])} findings: {out / 'audit.html'}"]
    lines += [f"Plan that reads the sum: {out / 'audit.yaml'}", f"Made: {out}"]
    speaker.result(found, lines)


def init(
    table: Annotated[Path, typer.Argument(help="A CSV or Parquet file.", metavar="TABLE", show_default=False)],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="The plan to write; the table stands in its folder.", metavar="PLAN")
    ] = Path("audit.yaml"),
    answers: Annotated[
        Path | None, typer.Option("--answers", help="Answers in a YAML file; nothing is asked.", metavar="FILE")
    ] = None,
    delimiter: Annotated[str, typer.Option("--delimiter", help="Of a CSV file; never guessed.", metavar="SIGN")] = ",",
    encoding: Annotated[
        str, typer.Option("--encoding", help="Of a CSV file; never guessed.", metavar="NAME")
    ] = "utf-8",
    json: Json = False,
) -> None:
    """Look at a table (counts only), ask six questions, and write a commented audit plan."""
    from impact.chain.audit_tools import draft_plan, profile_table
    from impact.cli.audit_ask import ask
    from impact.metrics.tools.init_offers import switched_off
    from impact.outputs import refuse_existing, write_file

    speaker = Speaker(json=json)
    refuse_existing([out], force=False)
    seen = profile_table(table, plan=out, delimiter=delimiter, encoding=encoding)
    for line in _profile(seen.to_json()):
        speaker.say(line)
    text = draft_plan(seen, answers=answers, ask=lambda: ask(seen, speaker=speaker))
    write_file(out, text.encode(), force=False)
    offered = switched_off(text)
    lines = [f"Made: {out}"]
    if offered:
        told = f"Offered, and switched off: {', '.join(offered)}. Delete the “#” before what is right."
        lines += paragraph(told)
    lines += paragraph(f"Read it, correct it, and then run “impact audit check {out}”.")
    speaker.result({"plan": str(out), "text": text, "offered": offered, "profile": seen.to_json()}, lines)


def _profile(seen: dict[str, Any]) -> list[str]:
    """Columns with the values that may be shown; of all others only how many there are."""
    lines = [f"{seen['file']}: {seen['rows']:,} rows"]
    for column in seen["columns"]:
        levels = column["levels"]
        values = f"{column['distinct']:,} values, not shown" if levels is None else ", ".join(levels)
        roles = f"; perhaps the {' or '.join(column['roles'])}" if column["roles"] else ""
        missing = f"; not recorded: {column['missing']:,}" if column["missing"] else ""
        lines += paragraph(f"{column['name']} ({column['kind']}): {values}{missing}{roles}", indent="  ")
    return lines
