"""Commands on the answers of a folder: answer, history, merge."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from impact.cli.options import Json
from impact.cli.output import Speaker, command_name, wrapped
from impact.errors import AnswerError, Exit, Fault

if TYPE_CHECKING:
    from impact.assessment.history.merge import Clash, Side
    from impact.questionnaire.pack import Pack
    from impact.questionnaire.points.pack import PointsPack

__all__ = ["register"]

Folder = Annotated[Path, typer.Argument(help="The assessment folder.", metavar="DIR", show_default=False)]
Who = Annotated[
    str | None,
    typer.Option("--who", help="Author; else IMPACT_WHO, else git's user.name, else asked.", metavar="NAME"),
]
_SHORT = {
    "answer": "Answer a folder's questions in the terminal, or from a file.",
    "history": "Who changed which answer, when and why.",
    "merge": "Join two histories of one assessment.",
}


def register(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (answer, history, merge):
        app.command(short_help=_SHORT[command.__name__])(command)


def answer(
    folder: Folder,
    answers: Annotated[
        Path | None, typer.Option("--answers", help="Load answers from this YAML file; ask nothing.", metavar="FILE")
    ] = None,
    question: Annotated[
        str | None, typer.Option("--question", help="Ask this question alone, answered or not.", metavar="ID")
    ] = None,
    section: Annotated[
        str | None, typer.Option("--section", help="Ask the questions of this section alone.", metavar="ID")
    ] = None,
    every: Annotated[bool, typer.Option("--all", help="Ask answered questions too; Enter keeps the answer.")] = False,
    who: Who = None,
    reason: Annotated[
        str | None, typer.Option("--reason", help="With --answers: why answers are changed.", metavar="TEXT")
    ] = None,
    json: Json = False,
) -> None:
    """Ask what is unanswered, one question after another, and save each answer at once.

    Questions are asked section by section, and only those that apply; follow-ups appear as their conditions become
    true. Type ? for guidance, - for not known, ! to refuse, n for a note, e for evidence. Ctrl-C keeps what was saved.
    """
    from impact.assessment.interview import Interview

    speaker = Speaker(json=json)
    author = _author(who, folder)
    interview = Interview(
        folder, settings=_settings(folder), who=author, told=lambda edits, first: _edits(edits, first, speaker)
    )
    if answers is not None:
        from impact.assessment.loading import read_answers_file

        entries = read_answers_file(answers, interview, reason=reason)
        interview.save_all(entries)
        _summary(speaker, folder, interview, list(entries))
        return
    from impact.cli.answer_ask import Asker

    if not sys.stdin.isatty():
        remedy = "Run it in a terminal, or load answers with --answers FILE"
        raise AnswerError(Fault("standard input", "there is nobody to ask", "a terminal", remedy, "A060"))
    named = interview.question(question).id if question is not None else None
    within = interview.section(section) if section is not None else None
    asker = Asker(interview, speaker)
    try:
        asker.run(section=within, question=named, every=every)
    except KeyboardInterrupt:
        speaker.say("")
        _summary(speaker, folder, interview, asker.saved)
        raise
    _summary(speaker, folder, interview, asker.saved)


def _summary(speaker: Speaker, folder: Path, interview: Any, saved: list[str]) -> None:
    left = interview.open_questions()
    value = {"ok": True, "saved": list(dict.fromkeys(saved)), "open": left, "events": interview.rev}
    lines = [f"Saved: {', '.join(value['saved'])}" if saved else "Nothing was changed."]
    if left:
        lines.append(f"Open: {len(left)} questions that apply. Go on with: {command_name()} answer {folder}")
    else:
        lines.append(f"Every question that applies has an answer. Next: {command_name()} check {folder}")
    speaker.result(value, wrapped(lines))


def history(
    folder: Folder,
    question: Annotated[
        str | None, typer.Option("--question", help="Only what happened to this question.", metavar="ID")
    ] = None,
    record: Annotated[
        bool, typer.Option("--record", help="Put edits by hand of assessment.yaml into the history.")
    ] = False,
    who: Annotated[
        str | None, typer.Option("--who", help="With --record: who edited the file.", metavar="NAME")
    ] = None,
    against: Annotated[
        Path | None,
        typer.Option("--against", help="Hold it against a report (PDF) or record.json made of it.", metavar="FILE"),
    ] = None,
    json: Json = False,
) -> None:
    """Print who changed which answer, when and why; the whole chain is verified first.

    With --against: whether the history that was signed with a report is the beginning of this one; exit 1 if not.
    """
    from impact.assessment.history.block import held_against
    from impact.assessment.history.fold import EDITED_BY_HAND
    from impact.assessment.history.store import Store
    from impact.assessment.history.tell import history_json, history_lines

    pack = _pack(folder)
    store = Store(folder, order=tuple(pack.questions) if pack else ())
    state = store.record_edits(who=who or EDITED_BY_HAND) if record else store.read()
    named = question.upper() if question and pack and question.upper() in pack.questions else question
    questions = pack.questions if pack else {}
    speaker, value = Speaker(json=json), history_json(state, question=named)
    if against is not None:
        from impact.chain.diff import read_record

        signed, _ = read_record(against, settings=_settings(folder), step=speaker.step)
        holds, text = held_against(state, signed)
        speaker.result({**value, "ok": holds, "against": text}, wrapped([f"{against}: {text}"]))
        raise typer.Exit(int(Exit.DONE if holds else Exit.GATE))
    speaker.result(value, wrapped(history_lines(state, questions, question=named)))


def merge(
    folder: Folder,
    other: Annotated[
        Path | None,
        typer.Option("--from", help="The other copy: an assessment folder, or its log.jsonl.", metavar="OTHER"),
    ] = None,
    prefer: Annotated[
        Literal["ours", "theirs", "newer"] | None,
        typer.Option("--prefer", help="Which answer stands where both differ; else each is asked.", metavar="SIDE"),
    ] = None,
    who: Who = None,
    json: Json = False,
) -> None:
    """Join two histories of one assessment; nothing of either is lost.

    With --from, the other copy's events are added to those of DIR. Without it, what git left in DIR is put in order:
    conflict markers in log.jsonl and assessment.yaml, or two histories in one file. Where both answered a question
    otherwise, both answers are shown; --prefer decides for all of them, or each is asked.
    """
    from impact.assessment.history.joining import merge_folder, resolve_folder

    speaker = Speaker(json=json)
    pack = _pack_of_merge(folder)
    order = tuple(pack.questions) if pack else ()
    now = datetime.now(UTC)
    decide = _decider(prefer, pack, speaker)
    author = _author(who, folder)
    resolved = resolve_folder(folder, decide=decide, who=author, now=now, order=order)
    done = [resolved] if resolved else []
    if other is not None:
        done.append(merge_folder(folder, other, decide=decide, who=author, now=now, order=order))
    if not done:
        text = "Nothing to join: log.jsonl holds one history. Name another copy with --from"
        speaker.result({"ok": True, "joined": 0}, text)
        return
    last = done[-1]
    clashes = [pair for one in done for pair in one.clashes]
    lines = [
        f"Joined: {sum(one.joined for one in done)} events of the other history; {last.shared} were in both.",
        *(f"  {clash.q}: {'this side' if side == 'ours' else 'the other side'} stands" for clash, side in clashes),
        f"The history now has {last.events} events; its head is {last.hash}",
    ]
    if last.head_differs:
        lines.append(f"Above the answers the two differ, and this side stands: {', '.join(last.head_differs)}")
    value = {**last.to_json(), "decided": {clash.q: side for clash, side in clashes}}
    speaker.result({**value, "joined": sum(one.joined for one in done)}, wrapped(lines))


def _decider(prefer: str | None, pack: Pack | PointsPack | None, speaker: Speaker) -> Callable[[Clash], Side]:
    """Which side stands: as said beforehand, or asked; both answers are shown either way."""
    from impact.assessment.history.tell import clash_lines

    def decide(clash: Clash) -> Side:
        question = pack.questions.get(clash.q) if pack else None
        for line in wrapped(clash_lines(clash, question)):
            speaker.say(line)
        if prefer == "newer":
            return "theirs" if clash.their_event.change.at > clash.our_event.change.at else "ours"
        if prefer is not None:
            return "ours" if prefer == "ours" else "theirs"
        if not sys.stdin.isatty():
            remedy = "Choose with --prefer ours, theirs or newer, or run it in a terminal; nothing was changed"
            raise AnswerError(Fault(clash.q, "both histories answered it otherwise", "a decision", remedy, "A124"))
        while True:
            sys.stderr.write("  Which stands, 1 or 2? ")
            sys.stderr.flush()
            line = sys.stdin.readline()
            if not line:
                raise typer.Abort
            if line.strip() in ("1", "2"):
                return "ours" if line.strip() == "1" else "theirs"

    return decide


def _settings(folder: Path) -> Any:
    from impact.settings import load_settings

    return load_settings(folder if folder.is_dir() else Path.cwd())


def _pack(folder: Path) -> Pack | PointsPack | None:
    """The pack of a folder, for the words of its questions; None where it has none or it is not installed."""
    from impact.assessment.folder import open_folder
    from impact.errors import SettingsError
    from impact.questionnaire.points.load import load_any
    from impact.resources import find

    opened = open_folder(folder)
    if opened.pack is None:
        return None
    try:
        return load_any(find("questionnaires", opened.pack.id, _settings(folder)))
    except SettingsError:
        return None


def _pack_of_merge(folder: Path) -> Pack | PointsPack | None:
    """The same; a file with git's marks in it cannot say which pack it answers."""
    if not (folder / "assessment.yaml").is_file():
        found = "there is no assessment.yaml in it"
        raise AnswerError(Fault(str(folder), found, "an assessment folder", "Check the path", "A001"))
    try:
        return _pack(folder)
    except AnswerError:
        return None


def _edits(edits: Any, first: bool, speaker: Speaker) -> None:
    from impact.assessment.history.tell import told_edits

    for line in wrapped([told_edits(edits, first=first)]):
        speaker.say(line)


def _author(given: str | None, folder: Path) -> str:
    """Whose answers these are: --who, IMPACT_WHO, git's user.name; else asked, where there is a terminal.

    Raises:
        AnswerError: A061 nobody is named, and there is nobody to ask.
    """
    name = (given or os.environ.get("IMPACT_WHO") or _git_name(folder) or "").strip()
    if not name and sys.stdin.isatty():
        name = str(typer.prompt("Your name, printed beside your answers", err=True)).strip()
    if not name:
        remedy = "Give --who NAME, or set IMPACT_WHO"
        raise AnswerError(Fault("--who", "nobody is named as the author", "a name", remedy, "A061"))
    return name


def _git_name(folder: Path) -> str:
    try:
        asked = subprocess.run(
            ["git", "config", "user.name"],  # noqa: S607  # the git that the person uses, wherever it is installed
            cwd=folder if folder.is_dir() else None,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.SubprocessError):
        return ""
    return asked.stdout.strip() if asked.returncode == 0 else ""
