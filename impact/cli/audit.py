"""Commands on an audit plan: check and run."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from impact.cli import audit_compare, audit_publish, audit_tools, audit_trend
from impact.cli.audit_gates import Baseline, FailOn, RequirePower, gate_lines
from impact.cli.options import CountingEngine, Force, Json, Quiet, WithoutSecondOpinion
from impact.cli.output import Speaker, columns, paragraph, wrapped

__all__ = ["app"]

app = typer.Typer(help="Audits of a scorer's output.", no_args_is_help=True, rich_markup_mode=None)
Plan = Annotated[Path, typer.Argument(help="The audit plan, audit.yaml.", metavar="PLAN", show_default=False)]


@app.command(short_help="What the data could show; registers the plan.")
def check(
    plan: Plan,
    no_register: Annotated[bool, typer.Option("--no-register", help="Do not write audit.lock.")] = False,
    engine: CountingEngine = "duckdb",
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Check plan and data, and say what the data could show at all; stamps the plan before any outcome is read."""
    from impact.chain.audit import check_audit

    speaker = Speaker(json=json, quiet=quiet)
    found = check_audit(plan, now=datetime.now(UTC), register=not no_register, step=speaker.step, engine=engine)
    lines = [f"{plan}: no fault found. {found.people:,} counted.", f"plan {found.plan_digest}"]
    if found.lock is None:
        lines.append("not registered: nobody can show later that the plan stood before the outcomes were read")
    else:
        state = "this plan" if found.lock["matches"] else "ANOTHER PLAN: the results will be labelled exploratory"
        lines.append(f"registered {found.lock['at']}: {state}")
    for item in found.checks:
        lines += paragraph(f"{item['level']} {item['code']}: {item['text']}")
    lines += ["", "The smallest disparity that this data could show, with 80 % power:"]
    if any(row["independent"] != row["n"] for row in found.table):
        worth = ", ".join(f"{row['label']} {row['independent']:,.0f}" for row in found.table)
        lines += paragraph(f"Rows are not one person each here; reckoned with what they are worth: {worth}.")
    lines += columns([["group", "counted", "compared with", "difference", "ratio"], *map(_detectable, found.table)])
    speaker.result(found.to_json(), lines)


def _detectable(row: dict[str, Any]) -> list[str]:
    difference, ratio = row["detectable_difference"], row["detectable_ratio"]
    return [
        row["label"],
        f"{row['n']:,}",
        f"{row['comparator_n']:,}",
        "none" if difference is None else f"+{difference * 100:.2f} points",
        "–" if ratio is None else f"{ratio:.2f} times",
    ]


@app.command()
def run(
    plan: Plan,
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the results.", metavar="OUT")],
    fail_on: FailOn = None,
    baseline: Baseline = None,
    require_power: RequirePower = False,
    without_second_opinion: WithoutSecondOpinion = False,
    engine: CountingEngine = "duckdb",
    force: Force = False,
    quiet: Quiet = False,
    json: Json = False,
) -> None:
    """Count, analyse, and write cells, findings, tables and charts.

    With conditions (docs/audit-tools.md) the files are written all the same, and the exit status is 1 where one is met,
    4 where none is met but one cannot be decided.
    """
    from impact.canonical import pretty_json
    from impact.chain.audit import run_audit, written
    from impact.chain.gates import GATES, hold, understand
    from impact.outputs import refuse_existing, refuse_unwritable, staged
    from impact.settings import load_settings

    speaker = Speaker(json=json, quiet=quiet)
    refuse_unwritable(out)
    refuse_existing([out / name for name in ("findings.json", "cells.parquet", "audit.html")], force=force)
    order = understand(plan, fail_on=fail_on or (), require_power=require_power, baseline=baseline)
    done = run_audit(
        plan,
        settings=load_settings(plan.parent if plan.parent.is_dir() else Path.cwd()),
        now=datetime.now(UTC),
        step=speaker.step,
        second_opinion=not without_second_opinion,
        engine=engine,
    )
    gates = hold(order, done.findings) if order else None
    if gates:
        done.files[GATES] = pretty_json(gates.to_json()).encode()
    with staged(out, force=force, ours=written()) as stage:
        for name, data in done.files.items():
            (stage / name).parent.mkdir(parents=True, exist_ok=True)
            (stage / name).write_bytes(data)
    lines = []
    for finding in done.findings["findings"]:
        if finding["role"] == "primary" or finding["verdict"] == "disparity_shown":
            lines.append(f"{finding['id']}  {finding['verdict']}  severity {finding['severity']}")
            lines += paragraph(finding["sentence"], indent="  ")
    rest = len(done.findings["findings"]) - sum(line.startswith("F-") for line in lines)
    lines += ["", f"{rest} more findings are in {out / 'audit.html'}."] if rest else [""]
    lines += paragraph(_opinion(done.findings["second_opinion"]))
    lines += [f"Made: {out}"]
    if gates is None:
        speaker.result(done.findings, wrapped(lines))
        return
    speaker.result({**done.findings, "gates": gates.to_json()}, [*wrapped(lines), "", *gate_lines(gates.to_json())])
    if gates.status:
        raise typer.Exit(int(gates.status))


def _opinion(opinion: dict[str, Any]) -> str:
    if opinion["status"] == "skipped":
        return "No second opinion was asked for."
    parts = [
        f"{name} {opinion[name]['version']} recomputed {opinion[name]['compared']} figures "
        f"(largest difference {opinion[name]['max_abs_diff']:.1e})"
        for name in ("fairlearn", "aif360")
    ]
    return f"Second opinion {opinion['status']}: {'; '.join(parts)}."


audit_tools.register(app)
audit_trend.register(app)
audit_compare.register(app)
audit_publish.register(app)
