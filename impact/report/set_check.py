"""Everything that is wrong with a template set, before an assessment is built with it.

In: a ``Resource``. Out: ``SetCheck``: what was looked at, and notes that are no faults. Fills in every template of the
set with specimens, whole and bare, in both media, so that a name that a view does not have is found wherever it stands.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

from impact.errors import Exit, Fault, RenderError
from impact.report.documents import GENERAL, NAMES
from impact.report.documents.assemble import SIDES
from impact.report.fill_child import fill_all_apart
from impact.report.kept import to_be_kept
from impact.report.model import DocumentView, View
from impact.report.pages import (
    ENTRY,
    EXTRA,
    FILL_MIB,
    STYLES,
    FillLimits,
    chain_of,
    check_filled,
    data_of,
    entry_of,
    fill,
    style_of,
)
from impact.report.press import Limits, press
from impact.report.sets import HEAD, WORDS, TemplateSet, open_set
from impact.report.specimen import specimen
from impact.report.standalone import undrawable
from impact.report.typeface import drawable_characters
from impact.resources import Resource, read_listed
from impact.yamlfile import nearest

__all__ = ["SetCheck", "check_set"]

_PAGES = ("audit.html.j2", "compare.html.j2", "verify.html.j2")
_NAMED = re.compile(r"""\{%-?\s*(?:include|import|extends|from)\s+["']([^"']+)["']""")
# A verdict on a system that a report of this toolkit never gives, in whoever's words.
_VERDICTS = re.compile(r"\b(compliant|unbiased|debiased|bias-free|fair model|passed|solved|genuine|certified)\b", re.I)


@dataclass(frozen=True)
class SetCheck:
    """What was looked at.

    Attributes:
        templates: Templates that were filled in.
        pages: Pages of the specimen that was laid out; 0 where Pango is missing.
        notes: What is no fault and may not be meant.
    """

    templates: tuple[str, ...]
    pages: int
    notes: tuple[Fault, ...]


def check_set(resource: Resource) -> SetCheck:
    """Look through a set.

    Raises:
        RenderError: Every fault of its first stage that has any: R075 to R079 the set itself, then R010 to R015 and
            R081 files, R083 a file that nothing uses, then R012, R016, R020 and R080 what the templates make.
    """
    made = open_set(resource)
    faults: list[Fault] = list(_unused(made))
    for medium in STYLES:
        faults += _faults_of(partial(style_of, resource, medium))
    faults += _faults_of(partial(chain_of, resource))
    if faults:
        raise RenderError(dict.fromkeys(faults))
    entries: list[tuple[str, type[View] | type[DocumentView]]] = [(ENTRY, View)]
    entries += [(entry_of(name, general=False), DocumentView) for name in (*NAMES, SIDES) if name != GENERAL]
    entries += [(name, View) for name in _PAGES if made.holder(name)]
    entries = [(entry, kind) for entry, kind in entries if made.holder(entry)]
    faults += _filled(resource, entries)
    if faults:
        raise RenderError(dict.fromkeys(faults))
    return SetCheck(tuple(entry for entry, _ in entries), _laid_out(resource), tuple(_notes(made)))


def _faults_of(action: Callable[[], object]) -> list[Fault]:
    try:
        action()
    except RenderError as error:
        return list(error.faults)
    return []


def _filled(resource: Resource, entries: list[tuple[str, type[View] | type[DocumentView]]]) -> list[Fault]:
    made = open_set(resource)
    styles = {medium: style_of(resource, medium) for medium in STYLES}
    tried: list[tuple[str, View | DocumentView]] = []
    for entry, kind in entries:
        for medium in ("html",) if entry in _PAGES else ("pdf", "html"):
            for whole in (True, False):
                view: View | DocumentView
                if kind is View:
                    view = specimen(View, medium=medium, whole=whole, style=styles[medium])
                else:
                    view = specimen(DocumentView, medium=medium, whole=whole, style=styles[medium])
                tried.append((entry, view))
    jobs = [(entry, data_of(view, made)) for entry, view in tried]
    pages = fill_all_apart(chain_of(resource), jobs, limits=FillLimits(), file_mib=FILL_MIB)
    faults: list[Fault] = []
    for (entry, view), page in zip(tried, pages, strict=True):
        if isinstance(page, RenderError):
            faults += page.faults
            continue
        faults += _faults_of(partial(check_filled, page, view, made=made, entry=entry))
        missing = undrawable(page, drawable=drawable_characters())
        if missing:
            found = f"the typeface has no glyph for {', '.join(missing[:8])}"
            where, remedy = f"{resource.name}/{entry}", "Use another character in the template"
            faults.append(Fault(where, found, "characters of Source Sans Pro", remedy, "R020"))
    return faults


def _laid_out(resource: Resource) -> int:
    """Pages of the whole specimen, laid out with every text that must be seen; 0 where this machine cannot."""
    if open_set(resource).holder(ENTRY) is None:
        return 0
    view = specimen(View, medium="pdf", whole=True, style=style_of(resource, "pdf"))
    show = {"once": [text for _, text in to_be_kept(view)], "every_page": view.frame.stamp_line}
    limits = Limits(cpu_seconds=60, wall_seconds=120)
    try:
        page = fill(view, templates=resource)
        when = f"{view.frame.created}T00:00:00+00:00"
        return press(page, identifier="", when=when, attachments=(), limits=limits, must_show=show).pages
    except RenderError as error:
        if error.faults[0].exit == Exit.MISSING:
            return 0
        raise


def _unused(made: TemplateSet) -> Iterator[Fault]:
    """Templates and sheets of the set's own that no set below has and none of its templates names."""
    known = {name for part in made.chain[1:] for name, _ in part.files}
    known |= {entry_of(name, general=name == GENERAL) for name in (*NAMES, SIDES)}
    known |= {HEAD, WORDS, EXTRA, ENTRY, *_PAGES, *(name for names in STYLES.values() for name in names)}
    texts = dict(chain_of(made.chain[0])[0][1])
    used = {found for text in texts.values() for found in _NAMED.findall(text)}
    for name, _ in made.chain[0].files:
        if name.endswith((".j2", ".css", ".yaml", ".yml")) and name not in known | used:
            near = nearest(name, known)
            remedy = f"Did you mean “{near}”?" if near else "Remove it, or give it the name of a file of the set below"
            yield Fault(f"{made.name}/{name}", "nothing uses this file", "", remedy, "R083")


def _notes(made: TemplateSet) -> Iterator[Fault]:
    own = made.chain[0]
    if own.layer == "bundled":
        return
    for name, _ in own.files:
        if not name.endswith((".j2", WORDS)):
            continue
        for number, line in enumerate(read_listed(own, name).decode("utf-8", "replace").splitlines(), start=1):
            for found in _VERDICTS.finditer(line):
                said = f"“{found[0]}” reads as a verdict, and the report gives none"
                yield Fault(f"{made.name}/{name}:{number}", said, "", "Say what was looked at instead", "R082")
    same = dict(made.chain[1].files)
    for name, digest in own.files:
        if same.get(name) == digest:
            said = "the file is the same as that of the set below"
            remedy = "Remove it: a later version of the set below would not reach the reports"
            yield Fault(f"{made.name}/{name}", said, "", remedy, "R083")
