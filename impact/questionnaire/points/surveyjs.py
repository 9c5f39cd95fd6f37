"""A SurveyJS survey as a points pack: pages, panels, questions, choices, conditions, and its other languages.

In: the JSON of a survey. Out: ``Imported``: sections, translations, and notes on everything that was not taken over.
Refuses what would change which question is asked or what an answer is worth, all of it at once, each with its place.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from impact.errors import Fault, PackError
from impact.questionnaire.conditions import RESERVED
from impact.questionnaire.points.surveyjs_conditions import Named, UntranslatableError, to_cel

__all__ = ["Imported", "points_of", "read_survey"]

_TYPES = {"radiogroup": "single", "dropdown": "single", "checkbox": "multi", "comment": "text", "text": "text"}
_INPUTS = {None: "text", "text": "text", "email": "text", "url": "text", "tel": "text", "number": "number"} | {
    "date": "date"
}
_KEYS = {"type", "name", "title", "description", "help", "visibleIf", "isRequired", "choices", "inputType"}
# How a page looks: named in the notes, because a reader of the source would miss it, and worth nothing else.
_LOOKS = {
    "choicesOrder", "colCount", "hideNumber", "startWithNewLine", "width", "minWidth", "maxWidth", "placeholder",
    "placeHolder", "rows", "cols", "titleLocation", "descriptionLocation", "state", "autoGrow", "indent",
    "showNumber", "size", "maxLength", "showQuestionNumbers", "showProgressBar", "firstPageIsStarted", "logo",
    "logoPosition", "logoWidth", "logoHeight", "questionsOnPageMode", "completeText", "pageNextText", "pagePrevText",
    "navigationButtonsVisibility", "requiredText", "questionTitleLocation",
}  # fmt: skip
_SURVEY_KEYS = {"pages", "elements", "title", "description", "locale"}
_PAGE_KEYS = {"name", "elements", "title", "description", "visibleIf"}
_PANEL_KEYS = _PAGE_KEYS | {"type"}
_KINDS = {"RS": "raw", "MS": "mitigation"}


@dataclass
class Imported:
    """What was read.

    Attributes:
        title: The survey's own; empty when it has none.
        sections: Section files as plain data.
        texts: Language -> (context, text in the pack's language) -> translation.
        notes: What was left out or changed, each with its place.
        scored: Questions whose points go to a total.
    """

    title: str = ""
    sections: list[dict[str, Any]] = field(default_factory=list)
    texts: dict[str, dict[tuple[str, str], str]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    scored: int = 0


def points_of(value: str) -> float:
    """Points in the text of a choice's value: the number after the last hyphen; without one, 0.

    >>> points_of("item1-3"), points_of("item6"), points_of("a-b"), points_of("a-")
    (3.0, 0.0, 0.0, 0.0)
    """
    _, hyphen, last = value.rpartition("-")
    return float(last) if hyphen and re.fullmatch(r"\d+(\.\d+)?", last.strip()) else 0.0


def read_survey(survey: Any, *, name: str, language: str = "en") -> Imported:
    """Read a survey.

    Args:
        survey: Parsed JSON.
        name: The file's name, for messages.
        language: The language of texts that name none, and of the key ``default``.

    Raises:
        PackError: Q060 not a survey, Q061 an element that has no equal here, Q062 a key that changes what is asked or
            scored and has none, Q063 a condition that has none, Q064 a name twice.
    """
    return _Survey(name, language).read(survey)


@dataclass(frozen=True)
class _Element:
    """A question or text with its place, its panels' conditions and what its points go to."""

    data: Mapping[str, Any]
    at: str
    shown_if: tuple[tuple[str, str], ...]  # (place, condition)
    kind: str | None


class _Survey:
    def __init__(self, name: str, language: str) -> None:
        self.name, self.language = name, language
        self.faults: list[Fault] = []
        self.found = Imported()
        self.named: dict[str, Named] = {}

    def fault(self, at: str, found: str, code: str, remedy: str = "") -> None:
        self.faults.append(Fault(f"{self.name} {at}", found, "", remedy, code))

    def read(self, survey: Any) -> Imported:
        pages = self._pages(survey)
        listed = [(page, at, list(self._elements(page, at, (), None))) for page, at in pages]
        for _, _, elements in listed:
            for element in elements:
                self._name(element)
        for page, at, elements in listed:
            self.found.sections.append(self._section(page, at, elements))
        if self.faults:
            raise PackError(self.faults)
        return self.found

    def _pages(self, survey: Any) -> list[tuple[Mapping[str, Any], str]]:
        if not isinstance(survey, dict) or not isinstance(survey.get("pages", survey.get("elements")), list):
            self.fault("", "is no SurveyJS survey: it has neither pages nor elements", "Q060", "Export it as JSON")
            raise PackError(self.faults)
        self._keys(survey, "the survey", _SURVEY_KEYS)
        if isinstance(survey.get("locale"), str) and survey["locale"]:
            self.language = survey["locale"]
        self.found.title = self._text(survey.get("title"), "pack.title", "title")
        if isinstance(survey.get("pages"), list):
            return [
                (page, f"pages[{n}]") for n, page in enumerate(survey["pages"]) if self._mapping(page, f"pages[{n}]")
            ]
        return [({"name": "page1", "elements": survey["elements"]}, "the survey")]

    def _mapping(self, part: Any, at: str) -> bool:
        if not isinstance(part, dict) or not isinstance(part.get("name"), str) or not part["name"]:
            self.fault(at, "has no name", "Q060", "Give it one")
            return False
        return True

    def _elements(
        self, parent: Mapping[str, Any], at: str, shown_if: tuple[tuple[str, str], ...], kind: str | None
    ) -> Iterator[_Element]:
        for number, part in enumerate(parent.get("elements") or ()):
            where = f"{at}.elements[{number}]"
            if not self._mapping(part, where):
                continue
            where = f"{where} “{part['name']}”"
            own = _kind(part["name"]) or kind
            inner = (*shown_if, (where, part["visibleIf"])) if part.get("visibleIf") else shown_if
            if part.get("type") == "panel":
                self._keys(part, where, _PANEL_KEYS)
                if part.get("description"):
                    self.found.notes.append(f"{where}: the description of a panel is left out")
                yield from self._elements(part, where, inner, own)
            elif part.get("type") == "html":
                yield _Element(part, where, inner, None)
            elif part.get("type") in _TYPES:
                yield _Element(part, where, inner, own)
            else:
                said = f"the element type “{part.get('type')}” has no equal here"
                self.fault(where, said, "Q061", "Take it out of a copy of the file, or ask in another way")

    def _name(self, element: _Element) -> None:
        data, name = element.data, element.data["name"]
        if data["type"] == "html":
            return
        made = re.sub(r"[^A-Za-z0-9_]", "_", name)
        made = made if re.match(r"[A-Za-z]", made) and made not in RESERVED else f"q_{made}"
        if name in self.named or made in {one.id for one in self.named.values()}:
            self.fault(element.at, f"the name “{name}” is used twice", "Q064", "Names are ids: each once")
            return
        kind = _TYPES[data["type"]]
        if data["type"] == "text":
            if data.get("inputType") not in _INPUTS:
                said = f"the input type “{data.get('inputType')}” has no equal here"
                self.fault(element.at, said, "Q061", "Use text, number or date")
            kind = _INPUTS.get(data.get("inputType"), "text")
        if made != name:
            self.found.notes.append(f"{element.at}: the id is {made}, because conditions cannot use the name")
        self.named[name] = Named(made, kind)

    def _section(self, page: Mapping[str, Any], at: str, elements: list[_Element]) -> dict[str, Any]:
        at = f"{at} “{page['name']}”"
        self._keys(page, at, _PAGE_KEYS)
        made = re.sub(r"[^A-Za-z0-9_]", "_", page["name"])
        titled = next((one for one in (page, *page.get("elements", ())) if one.get("title")), None)
        section: dict[str, Any] = {"id": made}
        if titled is None:
            section["title"] = page["name"]
            self.found.notes.append(f"{at}: without a title; its name stands for one")
        else:
            section["title"] = self._text(titled["title"], f"{made}.title", at)
        if page.get("description"):
            self.found.notes.append(f"{at}: the description of a page is left out")
        condition = self._condition(((at, page["visibleIf"]),) if page.get("visibleIf") else ())
        if condition:
            section["visible_if"] = condition
        notes: list[dict[str, Any]] = []
        questions: list[dict[str, Any]] = []
        for element in elements:
            if element.data["type"] == "html":
                notes.append(self._note(element, made, len(notes)))
            elif element.data["name"] in self.named:
                questions.append(self._question(element))
        section |= {"notes": notes} if notes else {}
        return section | {"questions": questions}

    def _note(self, element: _Element, section: str, number: int) -> dict[str, Any]:
        if element.shown_if:
            self.found.notes.append(f"{element.at}: words that the source shows under a condition are always shown")
        self.found.notes.append(f"{element.at}: taken over as plain text, without markup and links")
        name = f"note{number + 1}"
        html = element.data.get("html")
        plain = {k: _plain(v) for k, v in html.items()} if isinstance(html, dict) else _plain(str(html or ""))
        return {"id": name, "text": self._text(plain, f"{section}.{name}.text", element.at) or "–"}

    def _question(self, element: _Element) -> dict[str, Any]:
        data, named = element.data, self.named[element.data["name"]]
        self._keys(data, element.at, _KEYS)
        question: dict[str, Any] = {"id": named.id}
        if named.id != data["name"]:
            question["source_name"] = data["name"]
        title = self._text(data.get("title"), f"{named.id}.text", element.at)
        if not title:
            title = data["name"]
            self.found.notes.append(f"{element.at}: without a title; its name stands for one")
        question |= {"text": title, "type": named.type}
        guidance = [data[key] for key in ("description", "help") if data.get(key)]
        if len(guidance) > 1:
            self.found.notes.append(f"{element.at}: has a description and a help; the help is left out")
        if guidance:
            question["guidance"] = self._text(guidance[0], f"{named.id}.guidance", element.at)
        condition = self._condition(element.shown_if)
        if condition:
            question["visible_if"] = condition
        if data.get("isRequired"):
            question["required"] = True
        if data["type"] in ("radiogroup", "dropdown", "checkbox"):
            question["choices"] = self._choices(element, named.id)
            if element.kind in _KINDS.values():
                question["scores"] = element.kind
                self.found.scored += 1
        return question

    def _choices(self, element: _Element, question: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        seen: set[str] = set()
        for number, choice in enumerate(element.data.get("choices") or ()):
            at = f"{element.at}.choices[{number}]"
            part = choice if isinstance(choice, dict) else {"value": choice}
            if set(part) - {"value", "text"}:
                odd = ", ".join(sorted(set(part) - {"value", "text"}))
                self.fault(at, f"“{odd}” of a choice has no equal here", "Q062", "Take it out of a copy of the file")
            if not isinstance(part.get("value"), str | int | float) or isinstance(part.get("value"), bool):
                self.fault(at, "has no value", "Q060", "Give it one")
                continue
            code = str(part["value"])
            if code in seen:
                self.fault(at, f"the value “{code}” is used twice", "Q064", "Each value once")
            seen.add(code)
            label = self._text(part.get("text"), f"{question}.{code}.label", at) or code
            made: dict[str, Any] = {"code": code, "label": label}
            if element.kind in _KINDS.values() and points_of(code):
                made["points"] = points_of(code)
            found.append(made)
        if not found:
            self.fault(element.at, "has no choices", "Q060", "Choices loaded from elsewhere are not known here")
        return found

    def _condition(self, shown_if: tuple[tuple[str, str], ...]) -> str:
        parts = []
        for at, text in shown_if:
            try:
                parts.append(to_cel(text, self.named))
                if ".contains(" in parts[-1]:
                    self.found.notes.append(f"{at}: “contains” on one answer is kept as a test for a piece of its text")
            except UntranslatableError as error:
                self.fault(f"{at} visibleIf, column {error.column}", error.what, "Q063", "Write it otherwise in a copy")
        return " && ".join(parts)

    def _keys(self, part: Mapping[str, Any], at: str, known: set[str]) -> None:
        for key in part:
            if key in _LOOKS:
                self.found.notes.append(f"{at}: {key} is left out; it changes how a page looks")
            elif key not in known:
                self.fault(at, f"“{key}” has no equal here", "Q062", "Take it out of a copy of the file, if you can")

    def _text(self, value: Any, context: str, at: str) -> str:
        """The text in the pack's language; the others are kept as translations."""
        if value is None:
            return ""
        if not isinstance(value, dict):
            return str(value).strip()
        own = value.get(self.language, value.get("default"))
        if own is None and value:
            first = next(iter(value))
            self.found.notes.append(f"{at}: {context} has no text in {self.language}; that in {first} stands for it")
            own = value[first]
        text = str(own or "").strip()
        for language, words in value.items():
            if language not in ("default", self.language) and text and str(words).strip():
                self.found.texts.setdefault(language, {})[context, text] = str(words).strip()
        return text


def _kind(name: str) -> str | None:
    """What the points of a question or panel go to, by the suffix of its name; “none” for -NS."""
    suffix = name.rpartition("-")[2] if "-" in name else ""
    return "none" if suffix == "NS" else _KINDS.get(suffix)


class _Words(HTMLParser):
    """The words of a piece of HTML, with a new line for each block."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)

    def handle_starttag(self, tag: str, attrs: Any) -> None:  # noqa: ARG002  # the signature is the library's
        if tag in ("p", "div", "li", "br", "h1", "h2", "h3", "h4", "ul", "ol", "table", "tr"):
            self.parts.append("\n")


def _plain(html: Any) -> str:
    words = _Words()
    words.feed(str(html))
    lines = (" ".join(line.split()) for line in "".join(words.parts).split("\n"))
    return "\n".join(line for line in lines if line)
