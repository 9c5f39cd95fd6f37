"""Which language a text of the questionnaire is in: marked in the view, written as ``<span lang>`` on the page.

In: a cleaned record. Out: the same record, its pack's texts between marks. The report's own sentences are English.
A mark is a noncharacter of Unicode, which no text of a record holds; drawings, which have no spans, go without.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup, escape

__all__ = ["MARK", "marked", "plain", "spans", "translation_sentence"]

# U+FDD0 language U+FDD1 text U+FDD2
_OPEN, _MIDDLE, _CLOSE = "\ufdd0", "\ufdd1", "\ufdd2"
MARK = _OPEN  # what a marked text begins with
_TEXTS = frozenset(
    {"title", "text", "guidance", "label", "labels", "band_label", "basis", "duty", "check", "citation", "notice"}
    | {"decision_maker", "before_go_live", "review", "publication"}
)
_BLOCKS = ("law", "scoring", "scoring_untested", "points")
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")
_CHOSEN = ("single", "multi", "yesno")


def marked(record: Mapping[str, Any]) -> Mapping[str, Any]:
    """The record with every text of the pack between marks, where a language was asked for; else the record itself."""
    about = (record.get("pack") or {}).get("translation")
    if not about or not _LANGUAGE.fullmatch(about["language"]) or not _LANGUAGE.fullmatch(about["own"]):
        return record
    own = {text for _, text in about["missing"]}

    def mark(text: str) -> str:
        language = about["own"] if text in own else about["language"]
        return f"{_OPEN}{language}{_MIDDLE}{text}{_CLOSE}" if text else text

    def walk(value: Any, key: str) -> Any:
        if isinstance(value, str):
            return mark(value) if key in _TEXTS else value
        if isinstance(value, dict):
            return {name: walk(inner, name) for name, inner in value.items() if name not in _SKIPPED} | {
                name: value[name] for name in value if name in _SKIPPED
            }
        return [walk(inner, key) for inner in value] if isinstance(value, list) else value

    made = {name: walk(record[name], name) if name in _BLOCKS else record[name] for name in record}
    asked = record.get("questionnaire")
    if asked:
        made["questionnaire"] = {"sections": [_section(section, mark) for section in asked["sections"]]}
    made["pack"] = {**record["pack"], "title": mark(record["pack"]["title"])}
    return made


# Sentences that the toolkit puts together, and words of the assessor: no text of the pack as a whole.
_SKIPPED = frozenset({"drivers", "sensitivity", "reasons"})


def _section(section: Mapping[str, Any], mark: Any) -> dict[str, Any]:
    return {
        **section,
        "title": mark(section["title"]),
        "questions": [_question(question, mark) for question in section["questions"]],
    }


def _question(question: Mapping[str, Any], mark: Any) -> dict[str, Any]:
    answer = question.get("answer")
    made = {**question, "text": mark(question["text"])}
    if answer and question["type"] in _CHOSEN:  # a number or words of the assessor are no words of the pack
        made["answer"] = {**answer, "labels": [mark(label) for label in answer["labels"]]}
    return made


def plain(text: str) -> str:
    """The text without marks, for drawings and comparisons.

    >>> plain(f"{_OPEN}fr{_MIDDLE}Vie privée{_CLOSE}, 3")
    'Vie privée, 3'
    """
    return re.sub(f"{_OPEN}[^{_MIDDLE}]*{_MIDDLE}|{_CLOSE}", "", text)


def spans(value: Any) -> Any:
    """What a template writes for a value: escaped, and each marked text in a span with its language.

    >>> spans(f"{_OPEN}fr{_MIDDLE}a<b{_CLOSE}")
    Markup('<span lang="fr">a&lt;b</span>')
    """
    if not isinstance(value, str) or isinstance(value, Markup) or _OPEN not in value:
        return value
    parts = re.split(f"{_OPEN}([A-Za-z-]+){_MIDDLE}(.*?){_CLOSE}", value, flags=re.DOTALL)
    found = Markup("")
    for index in range(0, len(parts), 3):
        found += escape(parts[index])
        if index + 2 < len(parts):
            found += Markup('<span lang="{}">{}</span>').format(parts[index + 1], parts[index + 2])
    return found


def translation_sentence(record: Mapping[str, Any]) -> str:
    """What a reader must know of a translated questionnaire; empty without a language."""
    about = (record.get("pack") or {}).get("translation")
    if not about:
        return ""
    said = (
        f"The questionnaire is shown in the language “{about['language']}”; the report’s own sentences are in English."
    )
    left = len(about["missing"])
    return said + (f" {left:,} of its texts have no translation, and stay in “{about['own']}”." if left else "")
