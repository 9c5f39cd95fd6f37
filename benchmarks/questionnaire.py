"""Wall time of ``impact check`` and ``impact score`` against parsing the same YAML, in turn, median of the pairs.

The folder answers all 213 questions of the bundled pack, with rows, notes and evidence. The yardstick is a program that
imports ruamel.yaml and parses the pack's files and the answers with it, and does nothing else.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from impact.questionnaire.load import load_pack
from impact.questionnaire.question import Question
from impact.questionnaire.skeleton import skeleton
from impact.resources import find
from impact.settings import Settings

RUNS = 9
BAR = 3.0
YARDSTICK = """
import sys
from pathlib import Path
from ruamel.yaml import YAML
for name in sys.argv[1:]:
    YAML(typ="safe", pure=True).load(Path(name))
"""
PROOF = "    evidence:\n      - {file: evidence/proof.txt, title: Proof, date: 2026-05-01}\n"


def cell(column: Any) -> str:
    """A value for one cell of a table."""
    if column.type == "choice":
        return str(column.choices[0].code)
    return {"date": "2026-01-01", "number": "12", "money": "1000", "bool": "yes"}.get(column.type, "Some words")


def entry(question: Question) -> str:
    """An answer in its long form: the choice in the middle, two rows for a table, a note, a piece of evidence."""
    lines = [f"  {question.id}:\n"]
    codes = [choice.code for choice in question.choices if choice.code != "not-known"]
    if question.type == "multi":
        lines.append(f"    value: [{', '.join(codes[:2])}]\n")
    elif question.type == "yesno" or question.type == "single" or question.graded:
        lines.append(f"    value: {codes[len(codes) // 2]}\n")
    if question.type == "table":
        row = ", ".join(f"{column.code}: {cell(column)}" for column in question.columns)
        lines.append(f"    rows:\n      - {{{row}}}\n      - {{{row}}}\n")
    elif question.type == "text":
        lines.append(f"    {'text' if question.graded else 'value'}: {'Words that a neighbour could follow. ' * 6}\n")
    elif question.type in ("number", "money", "date"):
        lines.append(f"    value: {'2027-01-01' if question.type == 'date' else 12}\n")
    lines.append("    note: A sentence that is printed beside the answer.\n")
    return "".join(lines) + PROOF


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def main() -> None:
    resource = find("questionnaires", "uk-policing", Settings())
    pack = load_pack(resource)
    head = skeleton(pack, assessment_id="full", today=date(2026, 11, 20)).partition("\nanswers:\n")[0]
    read = ["pack.yaml", pack.head.scoring, pack.head.law, *pack.head.sections]
    impact = str(Path(sys.executable).with_name("impact"))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "full"
        (folder / "evidence").mkdir(parents=True)
        (folder / "evidence" / "proof.txt").write_text("proof", encoding="utf-8")
        answers = "".join(entry(question) for question in pack.questions.values())
        (folder / "assessment.yaml").write_text(f"{head}\nanswers:\n{answers}", encoding="utf-8")
        files = [*(str(resource.folder / name) for name in read), str(folder / "assessment.yaml")]
        script = Path(place) / "parse.py"
        script.write_text(YARDSTICK, encoding="utf-8")
        parse = [sys.executable, str(script), *files]
        commands = {name: [impact, name, str(folder)] for name in ("check", "score")}
        for command in (parse, *commands.values()):  # warm the file cache
            seconds(command)
        turns = [(seconds(parse), *(seconds(command) for command in commands.values())) for _ in range(RUNS)]
    alone = statistics.median(turn[0] for turn in turns)
    print(f"{len(pack.questions)} questions answered; parsing {len(files)} files of YAML alone {alone:.2f} s")
    for number, name in enumerate(commands, start=1):
        ours = statistics.median(turn[number] for turn in turns)
        ratio = statistics.median(turn[number] / turn[0] for turn in turns)
        print(f"impact {name} {ours:.2f} s; ratio {ratio:.2f} (bar {BAR:g}: {'met' if ratio < BAR else 'NOT met'})")


if __name__ == "__main__":
    main()
