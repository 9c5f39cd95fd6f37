"""The words of a pack in another language: every text with its context, and a pack with its texts replaced.

In: a pack and its catalogues. Out: texts, or a pack in which only words differ: ids, codes, weights and rules stay.
A text without a translation stays in the pack's own language and is listed (docs/pack-format.md, "Languages").
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from pydantic import BaseModel

from impact.errors import Fault, PackError
from impact.questionnaire.catalogues import Texts, is_language, read_catalogue
from impact.questionnaire.pack import Pack
from impact.questionnaire.points.pack import PointsPack
from impact.questionnaire.question import Question, Section
from impact.questionnaire.rulebook import LawEntry
from impact.resources import Resource

__all__ = [
    "PSEUDO",
    "Translated",
    "catalogue_of",
    "entries",
    "in_language",
    "language_faults",
    "languages_of",
    "pseudo",
    "texts_of",
    "translation_of",
]

PSEUDO = "en-XA"  # no language of anybody: it shows what can be translated
AnyPack = TypeVar("AnyPack", bound=Pack | PointsPack)
Look = Callable[[str, str], str]  # (context, text) -> text

_TEXTS = frozenset(
    {"title", "text", "guidance", "label", "unit", "basis", "duty", "check", "citation", "notice"}
    | {"decision_maker", "before_go_live", "review", "publication"}
)
_ACCENTS = str.maketrans("aeiouyAEIOUYcnsz", "áéíóúýÁÉÍÓÚÝçñšž")


@dataclass(frozen=True)
class Translated:
    """A pack in another language.

    Attributes:
        language: The language that was asked for.
        own: The language that the pack is written in.
        missing: (context, text) of every text that has no translation and so stays as it is.
    """

    pack: Pack | PointsPack
    language: str
    own: str
    missing: tuple[tuple[str, str], ...]


def in_language(pack: Pack | PointsPack, texts: Texts, language: str) -> Translated:
    """The pack with every text that has a translation replaced by it.

    Args:
        pack: In its own language.
        texts: From :func:`catalogue_of`.
        language: What the catalogue translates to.
    """
    missing: dict[tuple[str, str], None] = {}

    def look(context: str, text: str) -> str:
        found = texts.get((context, text))
        if found is None:
            missing[context, text] = None
        return text if found is None else found

    made = _points(pack, look) if isinstance(pack, PointsPack) else _pack(pack, look)
    return Translated(made, language, own_language(pack), tuple(missing))


def translation_of(pack: AnyPack, resource: Resource, language: str | None) -> tuple[AnyPack, dict[str, Any] | None]:
    """A pack in a language, and the block ``pack.translation`` of a record; None for the pack's own language.

    Raises:
        PackError: Q065 a catalogue cannot be read, Q066 the pack has none for this language.
    """
    if language is None or language == own_language(pack):
        return pack, None
    base = pack.short.resource if isinstance(pack, Pack) and pack.short is not None else None
    made = in_language(pack, catalogue_of(resource, language, base=base), language)
    missing = [list(each) for each in made.missing]
    return made.pack, {"language": made.language, "own": made.own, "missing": missing}  # type: ignore[return-value]  # the kind of pack that was given


def own_language(pack: Pack | PointsPack) -> str:
    """The language that a pack is written in; packs of the first kind are written in English."""
    return pack.head.language if isinstance(pack, PointsPack) else "en"


def texts_of(pack: Pack | PointsPack) -> list[tuple[str, str]]:
    """Every text of a pack that a report can show, with its context, each once, in the order of the pack.

    A context is the ids of the text, ``A3.guidance`` or ``A3.pilot.label``: the section is left out, so that a question
    keeps its translations when it moves. Parts that are no questions begin with their block: ``floors.FL-1.text``.
    """
    found: dict[tuple[str, str], None] = {}

    def note(context: str, text: str) -> str:
        found[context, text] = None
        return text

    if isinstance(pack, PointsPack):
        _points(pack, note)
    else:
        _pack(pack, note)
    return list(found)


def languages_of(resource: Resource) -> list[str]:
    """Languages that a pack's own folder has a catalogue for, sorted."""
    return sorted({name.split("/")[1] for name, _ in resource.files if _is_catalogue(name)})


def _is_catalogue(name: str) -> bool:
    return name.startswith("locale/") and name.endswith(".po") and name.count("/") == 2


def catalogue_of(resource: Resource, language: str, *, base: Resource | None = None) -> dict[tuple[str, str], str]:
    """Every translation of a pack into one language; a short form has those of its full form, and may add its own.

    Raises:
        PackError: Q065 a catalogue cannot be read, Q066 the pack has none for this language.
    """
    found: dict[tuple[str, str], str] = {}
    any_file = False
    for each in (base, resource):
        for name, _ in each.files if each is not None else ():
            if each is not None and _is_catalogue(name) and name.split("/")[1] == language:
                any_file = True
                found |= read_catalogue((each.folder / name).read_bytes(), name=f"{each.name}/{name}")
    if not any_file:
        known = sorted({*languages_of(resource), *(languages_of(base) if base is not None else ())})
        said = f"it has {', '.join(known)}" if known else "it has none"
        where = f"{resource.name}/locale/{language}"
        raise PackError(Fault(where, f"the pack has no translation into “{language}”", said, "Choose another", "Q066"))
    return found


def pseudo(text: str) -> str:
    """The text as the pseudo-language writes it: readable, and never the same as before.

    >>> pseudo("Where is it used?")
    '[Whéré íš ít úšéd?]'
    """
    return f"[{text.translate(_ACCENTS)}]"


def language_faults(resource: Resource) -> list[Fault]:
    """Q065 a catalogue that cannot be read, Q067 a folder of ``locale`` that is named after no language."""
    faults: list[Fault] = []
    for language in languages_of(resource):
        if not is_language(language):
            where, remedy = f"{resource.name}/locale/{language}", "Name it as in cy, fr or fr-CA"
            faults.append(Fault(where, f"“{language}” is no language that is known", "", remedy, "Q067"))
            continue
        try:
            catalogue_of(resource, language)
        except PackError as error:
            faults += error.faults
    return faults


def _pack(pack: Pack, look: Look) -> Pack:
    short = pack.short
    made = replace(
        pack,
        head=_mapped(pack.head, "pack", look),
        sections=tuple(_section(section, look) for section in pack.sections),
        scoring=_mapped(pack.scoring, "", look),
        law=_mapped(pack.law, "law", look),
        checks=_mapped(pack.checks, "", look),
    )
    if short is None:
        return made
    base = _pack(short.base, look)
    left = tuple(stop for stop in base.scoring.hard_stops if stop.id in {one.id for one in short.left_out})
    rule = _mapped(short.escalation, "escalation", look)
    return replace(made, short=replace(short, base=base, escalation=rule, left_out=left))


def _points(pack: PointsPack, look: Look) -> PointsPack:
    head = _mapped(pack.head, "pack", look)
    return replace(pack, head=head, sections=tuple(_section(section, look) for section in pack.sections))


def _section(section: Any, look: Look) -> Any:
    return _mapped(section, section.id, look)


Model = TypeVar("Model", bound=BaseModel)


def _mapped(part: Model, context: str, look: Look) -> Model:
    """A model with its texts, and those of everything inside it, looked up."""
    changed: dict[str, Any] = {}
    within = isinstance(part, Question | Section)  # inside these, ids alone are enough and short
    for name in type(part).model_fields:
        value = getattr(part, name)
        if isinstance(value, str):
            # “check” is what is to be looked up of a law, and elsewhere the id of a check of the log.
            if name in _TEXTS and (name != "check" or isinstance(part, LawEntry)):
                changed[name] = look(f"{context}.{name}" if context else name, value)
            continue
        inner = context if within or _is_inner(part) else ".".join(each for each in (context, name) if each)
        new = _inner(value, inner, look)
        if new is not value:
            changed[name] = new
    return part.model_copy(update=changed) if changed else part


def _is_inner(part: BaseModel) -> bool:
    """A part of a question, such as a column with its choices."""
    return hasattr(part, "code")


def _inner(value: Any, context: str, look: Look) -> Any:
    if isinstance(value, Question):
        return _mapped(value, value.id, look)
    if isinstance(value, BaseModel):
        return _mapped(value, context, look)
    if isinstance(value, tuple) and any(isinstance(part, BaseModel) for part in value):
        return tuple(_inner(part, ".".join(each for each in (context, _own(part)) if each), look) for part in value)
    if isinstance(value, dict) and any(isinstance(part, BaseModel) for part in value.values()):
        return {key: _inner(part, f"{context}.{key}", look) for key, part in value.items()}
    return value


def _own(part: Any) -> str:
    return next((str(getattr(part, name)) for name in ("id", "code", "level") if hasattr(part, name)), "")


def entries(pack: Pack | PointsPack, known: Texts, *, fill: bool = False) -> Iterator[tuple[str, str, str]]:
    """(context, text, translation) of every text: the known translation, the pseudo one with ``fill``, else empty."""
    for context, text in texts_of(pack):
        yield context, text, pseudo(text) if fill else known.get((context, text), "")
