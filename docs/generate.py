"""Write commands.md, errors.md and decision-log.md from the program: `python docs/generate.py`; tests compare."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from impact.cli.app import app

HERE = Path(__file__).parent
INTRO = """# Commands

Written by `docs/generate.py` from the program itself; a test compares. Data goes to stdout, words to stderr;
`--json` prints the result as JSON. Exit statuses: docs/architecture.md. Messages: docs/errors.md.

Settings: `impact.toml` in the working folder, the assessment's folder or above it (up to the repository): `packs` and
`templates` (lists of folders, relative to the file), and under `[profile]` `approval_threshold` (pounds) and
`approval_threshold_source`; under `[timestamp]` `url` (a timestamp service) and `seconds` (how long it may take); under
`[ocsp]` `ask` (whether responders may be asked, false by default) and `seconds`.
Environment: `IMPACT_PACKS`, `IMPACT_TEMPLATES` (folders, separated as in `PATH`), `IMPACT_PASSPHRASE` (or the PIN of a
token), `IMPACT_TIMESTAMP_PASSPHRASE`, `IMPACT_PKCS11_MODULE` (library of a token), `IMPACT_WHO` (author of answers);
for `./run` also `IMPACT_VENV` (where the environment stands) and `IMPACT_EXAMPLE` (what it builds).
"""


def commands(group: Any, path: tuple[str, ...] = ()) -> list[tuple[tuple[str, ...], Any]]:
    """Every command below a group with its words."""
    found = []
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            found += commands(command, (*path, name))
        else:
            found.append(((*path, name), command))
    return found


def page() -> str:
    """The whole of docs/commands.md."""
    parts = [INTRO]
    for path, command in commands(typer.main.get_command(app)):
        arguments = [p for p in command.params if p.param_type_name == "argument"]
        options = [p for p in command.params if p.param_type_name == "option" and p.name != "help"]
        usage = " ".join(["impact", *path, *(str(a.metavar or a.name).upper() for a in arguments), "[options]"])
        parts.append(f"## `{usage}`\n\n{(command.help or '').strip()}\n")
        rows = [(str(a.metavar or a.name).upper(), str(a.help or "")) for a in arguments]
        for option in options:
            value = "" if option.is_flag else f" {option.metavar or 'VALUE'}"
            needed = " Required." if option.required else ""
            rows.append((", ".join(f"{name}{value}" for name in option.opts), f"{option.help or ''}{needed}"))
        parts.append("| | |\n|---|---|\n" + "\n".join(f"| `{name}` | {text} |" for name, text in rows) + "\n")
    return "\n".join(parts)


ERRORS = """# Messages and their codes

Written by `docs/generate.py` from the program itself; a test compares. A message has five parts: where, what was found,
what was wanted, what to do, and a code. The letter says which room speaks and so what kind of fault it is; a code keeps
its meaning for ever. `…` stands for what is filled in: a file, a name, a number, never a value of a person.

Exit statuses: Q, A, E, K, R, S and G end with 2 (wrong use or a bad file); D with 3 (data rejected), or it is a warning
or a piece of information in the findings; M with 70 (a fault of ours). A full disk, a missing library, a missing Pango
end with 7; a second opinion that disagrees, a figure that does not follow from its counts (D155, D156), and a broken
history of answers (A120 to A122, A126) with 5; a disclosure policy that would be broken with 6. S105 to S133
and S146 to S148 are what `impact verify` finds; it ends with 1.
"""
FAMILIES = {
    "Q": "packs",
    "A": "assessment folders and answers",
    "E": "audit plans",
    "K": "claims",
    "D": "data",
    "M": "statistics",
    "R": "rendering",
    "S": "signing and verifying",
    "G": "settings and outputs",
}
CODE = re.compile(r"[QAEKDMRSG]\d{2,3}")
YAML = {
    "001": "the file cannot be read as YAML 1.2: missing, a link, not UTF-8, or a line that is not YAML",
    "002": "a key occurs twice",
    "003": "an alias, an anchor or a tag is used; plain YAML is wanted",
    "004": "the file is too large or nested too deep",
}
# Where the text of a message is put together elsewhere, so that it cannot be read off the place that names the code.
SAID = {
    "A101": "a key is missing in assessment.yaml",
    "A102": "an unknown key in assessment.yaml, with the nearest known one",
    "A190": "a value that cannot be used in procurement.yaml or suppliers.yaml; the file is empty",
    "A195": "weights of a comparison of suppliers that do not add up to 100",
    "A196": "suppliers.yaml marks what was not asked, or off the scale",
    "A197": "a mark, a red line or a price in suppliers.yaml stands without evidence",
    "A191": "a key is missing in procurement.yaml or suppliers.yaml",
    "A192": "an unknown key in procurement.yaml or suppliers.yaml, with the nearest known one",
    "A193": "a word in procurement.yaml or suppliers.yaml that is not one of those allowed",
    "A106": "the answers are of another version of the pack, and the pack has no migration from it",
    "A103": "a word that is not one of those allowed",
    "A104": "a value that cannot be used; not an assessment",
    "A140": "two assessments scored with different packs or versions are not compared",
    "A141": "the key “promises” of an answer has another form, or an unknown key",
    "A144": "nothing can be read where the earlier assessment is said to be",
    "A145": "the earlier assessment is not a record that holds promises, nor a folder with answers",
    "A146": "the earlier record is of another assessment than prior_assessment names",
    "A148": "a judgement of a right that cannot be used: no such right, no number from 0 to 100, no reasons",
    "A170": "the key “stand” of an answer has another form",
    "A171": "an answer differs from the first body’s without a reason",
    "A172": "an answer takes a stand, and the folder answers no other document",
    "A173": "an answer says that it agrees, and is another answer than the first body’s",
    "A174": "an answer takes a stand on a question that the first body did not answer",
    "A175": "a file of the first body in against/ is missing, or is not the one that assessment.yaml names",
    "A176": "the first body’s document answers no questionnaire, or another one",
    "A177": "the first body answered another version of the pack, and the pack has no migration from it",
    "A178": "a document does not verify (exit 1), or nobody checked it, and “--unverified” was not said",
    "A183": "an earlier assessment that review.yaml names cannot be read, or lacks what is compared",
    "A184": "the approved record is not the one whose digest review.yaml names",
    "A188": "a review has no public version: the whole earlier record is attached to it",
    "A187": "numbers or days of review.yaml do not fit together",
    "A182": "a side is itself two assessments side by side",
    "A050": "a time of day is written 15:44 or 15:44Z",
    "A055": "somebody else changed the answers meanwhile",
    "A056": "the folder cannot be locked, so that two people could write at once (exit 7)",
    "A057": "a file of the folder cannot be read or written, or is no file",
    "A120": "the chain of the history is broken (exit 5)",
    "A121": "two histories stand in one file; “impact merge” joins them (exit 5)",
    "A122": "git left something in the history that is no event, or an event is missing (exit 5)",
    "A123": "what is to be joined is another assessment, or none",
    "A124": "both histories answered a question otherwise, and nobody decided which stands",
    "A125": "what is to be compared holds no record of an assessment",
    "A126": "the line ends of the history were changed (exit 5)",
    "D08": "only one column found: the delimiter seems to be another; set “delimiter”",
    "D09": "lines with more or fewer fields than the header",
    "D25": "a group in which everybody or nobody had a yes",
    "D28": "outcomes are known for people with a yes and not for others: rates that need them are shown as bounds",
    "D31": "the decision, outcome or human column has values that the plan does not map",
    "D33": "spellings such as 1, 1.0 and true were read as the same value",
    "D34": "a declared group has no rows; it is shown with 0 people",
    "D204": "claims.yaml names a table of Spark; docs/scale.md has the script that writes the log on the cluster",
    "D205": "a time or a day of a PostgreSQL table is “infinity”, which the driver cannot hand over",
    "D201": "values of a column of the decision log that are not of its kind; how many, never which",
    "D36": "nobody in a group had the outcome (or everybody had): a rate is undefined there",
    "D58": "a group name starts like a spreadsheet formula; it is written with an apostrophe in CSV",
    "D59": "two group names look the same and differ in invisible characters",
    "D64": "a nested column cannot be a group or a decision; category levels without rows are shown with 0",
    "D100": "an engine, a driver or Java is not installed; the message names the command that installs it (exit 7)",
    "D101": "a database or Spark does not answer, or its address is not set",
    "D102": "a table that is no file was counted: no digest shows later that it is the same",
    "D150": "bodies whose plans differ in what they mean, or fewer than two; each difference is listed",
    "D151": "the same counts are given twice",
    "D110": "too few cases were decided by both of two scorers: they are not compared case by case",
    "E119": "further scorers: too many, two of one name, or an overlap that is no share or has no reason",
    "E160": "two audits that differ in effect, outcome, groups, unit or alpha are not compared; each is listed",
    "E161": "it is not known whether two audits are about the same cases, or what was said does not fit the counts",
    "E162": "there is nothing to compare: one scorer, the same counts twice, or more than two folders",
    "D158": "a further count table that does not add up, or only where nobody stands in two bodies",
    "E151": "a folder without findings.json or cells.parquet as “impact audit run” writes them",
    "E152": "an answer of impact audit init is missing, unknown, or does not fit the table",
    "E170": "a condition of --fail-on that is none; each is told, with the nearest one that is",
    "E171": "a condition that no run under this plan could meet: nothing to compare with, or a column not mapped",
    "E172": "a baseline that cannot be compared with: protected, weighted, of another meaning, or no findings at all",
    "E120": "another plan is registered in audit.lock",
    "K010": "a key is missing in claims.yaml, or the file holds nothing",
    "K011": "an unknown key in claims.yaml, with the nearest known one",
    "K012": "a value that cannot be used in claims.yaml, such as a word that the column cannot have",
    "K019": "the folder has no claims.yaml, so no log is named",
    "S122": "a required role has not signed, or has dissented instead",
    "S140": "the level, or an archive timestamp, needs a timestamp service or revocation lists, and none is named",
    "S141": "a root or a current revocation list is missing for B-LT or B-LTA, or a certificate was revoked",
    "S142": "nobody has signed what is to be dated or asked about",
    "S158": "a .ors file of the trust folder holds no answer about one certificate (OCSP)",
    "S159": "no responder that a certificate names gave a usable answer: none in time, too large, damaged, a replay",
    "S160": "an answer that does not count: unknown, out of date, by somebody who may not give it, about another one",
    "S144": "words or a statement of a dissent in a box that approves",
    "S145": "the file of a dissent's statement cannot be read",
    "S146": "a role under “present” has not signed: a signature may have been cut off",
    "S147": "the level of a signature is below the one that the folder demands",
    "S148": "one certificate has signed in two boxes of a role",
    "S149": "a dissent under “required” in roles.yaml: it is no approval; “present” is for it",
    "S150": "the address of a token cannot be read (RFC 7512), or says not which token and which key",
    "S151": "a PIN, or the place of one, stands in the address of a token",
    "S152": "the Python package for tokens is missing (exit 7)",
    "S153": "no library of the token is named, or it cannot be loaded (exit 7)",
    "S154": "no such token, or several that fit",
    "S156": "the token holds no such key or certificate, or several",
    "Q010": "a key is missing in a pack file",
    "Q011": "an unknown key in a pack file, with the nearest known one",
    "Q012": "a value that cannot be used in a pack file",
    "Q018": "a condition does not compile",
    "Q021": "a table has no column of this name, with the nearest known one",
    "Q028": "a dimension that pack.yaml does not list, with the nearest known one; a dimension without a cap",
    "Q030": "one part of a pack names another that does not exist, with the nearest known one",
    "Q032": "a figure of a worked example comes out differently; both are shown",
    "Q035": "a condition fails when it is run: a division by zero, or more than 10,000 rounds over the rows of tables",
    "Q036": "a pack, or one of its conditions, that asks more of a machine than a pack may",
    "Q037": "visible_if can never be true: nobody would ever be asked the question, or see the section",
    "Q038": "a flag, floor or contradiction whose rule can never hold",
    "Q039": "a note, not a fault: nothing cites a key of law.yaml",
    "Q040": "a figure or a form of a question that nothing uses",
    "Q041": "outcomes, demands or shares of confidence that do not make a whole",
    "Q042": "a migration names what this version of the pack does not have, or an id that is not retired",
    "Q043": "a migration that does not lead to this version, or does what another does",
    "Q044": "the name of a folder cannot be the id of a pack",
    "Q045": "the answers are written so that they cannot be changed word by word; nothing was written",
    "Q031": "a date or a number in a condition is compared without a look at whether it is blank",
    "G012": "a link, a pipe, a device, a name that cannot be shown, or a file that changed while it was read",
    "G013": "a folder with more files, or more bytes, than a pack or a template set has",
    "G040": "an installed package says that it holds packs or template sets, and cannot be used",
    "G041": "two installed packages hold a pack, or a template set, of one name",
    "R040": "the renderer, or the filling in of templates, took more processor time than its limit",
    "R041": "the renderer, or the filling in of templates, needed more memory than its limit",
    "R042": "the renderer, or the filling in of templates, took longer than its limit",
    "R045": "the renderer failed",
    "R075": "set.yaml or words.yaml cannot be read as YAML, or holds no keys and values",
    "R076": "a key or value of set.yaml or words.yaml that cannot be used, with the nearest known one",
    "R077": "the set that is extended cannot be found, or sets extend each other in a circle",
    "R078": "words and their ground are too close in colour to be read: under 4.5 to 1",
    "R079": "the logo is missing, has no words, or is more than shapes: a script, a style, an address, an entity",
    "R080": "the pages leave out, or do not show, what a reader must be told",
    "R081": "a style sheet of a set could lay something over words, or hide them",
    "R082": "a note, not a fault: a word that reads as a verdict on a system",
    "R083": "a file of a set that nothing uses; as a note, one that is the same as that of the set below",
    "R084": "a set cannot be begun: its name cannot be an id, or what it is to extend or copy is not there",
    "S099": "a fault of ours while a file was judged in a process of its own",
    "S124": "judging the file, or reading it, took longer than its limit",
    "S127": "judging the file needed more memory than its limit, or its process was ended by the system",
    "S112": "the certificate does not lead to a root in the trust folder",
    "S114": "whether a certificate was revoked is not known: no current list or answer tells; which, and why, is named",
    "S118": "the file was changed after this signature",
}


def _text(node: ast.expr) -> str:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in node.values)
    if isinstance(node, ast.IfExp):
        return _text(node.body) or _text(node.orelse)
    return ""


def messages() -> Iterator[tuple[str, str]]:
    """Each code with what stands beside it in the program, in the order of the files."""
    for path in sorted((HERE.parent / "impact").rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        asks = path.parent.name == "documents"  # these name questions, and the ids of some look like codes
        for node in ast.walk(tree):
            if asks and not (isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Fault"):
                continue
            if isinstance(node, ast.Call):
                parts = [*node.args, *(keyword.value for keyword in node.keywords)]
            elif isinstance(node, ast.Tuple):
                parts = node.elts
            elif isinstance(node, ast.Dict):
                parts = node.values
            else:
                continue
            texts = [text for part in parts if (text := _text(part))]
            spoken = [text for text in texts if not CODE.fullmatch(text) and text not in ("info", "warning")]
            for code in (text for text in texts if CODE.fullmatch(text)):
                yield code, "; ".join(spoken)


def errors_page() -> str:
    """The whole of docs/errors.md."""
    found: dict[str, list[str]] = {f"{family}{number}": [text] for family in "QAEKS" for number, text in YAML.items()}
    for code, text in messages():
        listed = found.setdefault(code, [])
        if text and text not in listed and code not in SAID:
            listed.append(text)
    found |= {code: [text] for code, text in SAID.items() if code in found}
    parts = [ERRORS]
    for family, title in FAMILIES.items():
        rows = [
            f"| `{code}` | {' **or** '.join(texts[:3]).replace('|', '/')} |"
            for code, texts in sorted(found.items())
            if code[0] == family
        ]
        parts.append(f"## {family}: {title}\n\n| code | message |\n|---|---|\n" + "\n".join(rows) + "\n")
    return "\n".join(parts)


LOG = """# The decision log: columns and checks

Written by `docs/generate.py` from the program itself; a test compares. How a log is named and what the verdicts mean:
docs/claims.md. Every column is optional: a check whose column is missing is *not testable*.
"""


def log_page() -> str:
    """The whole of docs/decision-log.md."""
    from impact.claims.checks import catalogue
    from impact.claims.contract import CONTRACT, PEOPLE
    from impact.claims.meanings import MEANINGS, TABLES

    parts = [LOG, "## Checks\n\n| check | claim | needs |\n|---|---|---|"]
    for check in catalogue().values():
        needs = ", ".join(f"`{need}`".replace("|", "` or `") for need in check.needs)
        parts.append(f"| {check.id} | {check.title} | {needs} |")
    for table, fields in CONTRACT.items():
        shown = fields if table != "log" else {name: field for name, field in fields.items() if name not in PEOPLE}
        shown = {"subject_key": fields["subject_key"], **shown} if table == "log" else shown
        parts.append(f"\n## `{table}`\n\n{TABLES[table]}.\n")
        if not shown:
            continue
        parts.append("| column | kind | meaning |\n|---|---|---|")
        for name, field in shown.items():
            said = MEANINGS[table].get(name) if table in MEANINGS else MEANINGS["log"][name]
            values = f" ({', '.join(field.values)})" if field.values and str(field.values[0]) not in str(said) else ""
            parts.append(f"| `{name}` | {field.kind} | {said}{values} |")
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    (HERE / "decision-log.md").write_text(log_page(), encoding="utf-8")
    (HERE / "commands.md").write_text(page(), encoding="utf-8")
    (HERE / "errors.md").write_text(errors_page(), encoding="utf-8")
