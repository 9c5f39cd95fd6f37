"""View -> HTML, through a template set in a sandbox.

In: a view and a template set. Out: HTML that was checked to stand alone. Knows nothing of records and of PDF.
Refuses: markup from anything but our chart code (no ``safe``, no ``autoescape`` tag), names that the view does not
have, and filters that are not on a short list. A council's set stands first; ``default:`` names the bundled one, so a
template can extend ``default:report.html.j2`` and replace one block.
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from impact.errors import Fault, RenderError
from impact.report.model import DocumentView, View
from impact.report.standalone import check_page, check_style
from impact.report.view.language import spans
from impact.resources import Resource, bundled_folder

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

__all__ = ["MAX_HTML", "entry_of", "fill", "style_of"]

MAX_HTML = 24_000_000
_ENTRY = "report.html.j2"
_DEFAULT = "default"
_FILTERS = frozenset(
    {
        "default",
        "e",
        "escape",
        "first",
        "join",
        "last",
        "length",
        "list",
        "lower",
        "replace",
        "reverse",
        "title",
        "trim",
    }
)
_STYLES = {"pdf": ("common.css", "print.css"), "html": ("common.css", "screen.css")}


def _environment(templates: Resource) -> ImmutableSandboxedEnvironment:
    from jinja2 import ChoiceLoader, FileSystemLoader, PrefixLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    bundled = FileSystemLoader(str(bundled_folder("templates") / _DEFAULT))
    own = FileSystemLoader(str(templates.folder))
    environment = ImmutableSandboxedEnvironment(
        loader=ChoiceLoader([own, PrefixLoader({_DEFAULT: bundled}, delimiter=":"), bundled]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=spans,
    )
    environment.filters = {name: made for name, made in environment.filters.items() if name in _FILTERS}
    environment.globals = {}
    return environment


def _check_templates(environment: ImmutableSandboxedEnvironment, templates: Resource) -> None:
    """Parse every template of the set, all faults at once: a broken one is found even where it is not included."""
    from jinja2 import TemplateSyntaxError, nodes

    faults = []
    for name, _ in templates.files:
        if not name.endswith(".j2"):
            continue
        where = f"{templates.name}/{name}"
        try:
            tree = environment.parse((templates.folder / name).read_text(encoding="utf-8"), filename=where)
        except TemplateSyntaxError as error:
            faults.append(Fault(f"{where}:{error.lineno}", error.message or "bad syntax", "", "Correct it", "R011"))
            continue
        except UnicodeDecodeError:
            faults.append(Fault(where, "the file is not UTF-8", "", "Save it as UTF-8", "R011"))
            continue
        for node in tree.find_all(nodes.EvalContextModifier):
            faults.append(
                Fault(f"{where}:{node.lineno}", "escaping is switched", "", "Remove the autoescape tag", "R013")
            )
        for used in tree.find_all(nodes.Filter):
            if used.name not in _FILTERS:
                wanted = f"one of {', '.join(sorted(_FILTERS))}"
                faults.append(
                    Fault(f"{where}:{used.lineno}", f"filter “{used.name}” is not allowed", wanted, "Remove it", "R013")
                )
    if faults:
        raise RenderError(faults)


def style_of(templates: Resource, medium: str) -> str:
    """The style sheets of one medium, from the nearest set that has them.

    Raises:
        RenderError: R010 missing, R015 a style sheet that could reach out of the page.
    """
    found = []
    for name in _STYLES[medium]:
        path = next(
            (p for p in (templates.folder / name, bundled_folder("templates") / _DEFAULT / name) if p.is_file()), None
        )
        if path is None:
            raise RenderError(
                Fault(
                    f"{templates.name}/{name}", "the style sheet is missing", "", "Copy it from the bundled set", "R010"
                )
            )
        found.append(_read_style(path, f"{templates.name}/{name}"))
    return "\n".join(found)


def _read_style(path: Path, where: str) -> str:
    text = path.read_text(encoding="utf-8")
    check_style(text, where=where)
    return text


def entry_of(document: str, *, general: bool) -> str:
    """The template of a document.

    >>> entry_of("general", general=True), entry_of("summary", general=False)
    ('report.html.j2', 'documents/summary.html.j2')
    """
    return _ENTRY if general else f"documents/{document}.html.j2"


def fill(view: View | DocumentView, *, templates: Resource, entry: str = _ENTRY) -> str:
    """The page as HTML, from the template ``entry`` of the set.

    Raises:
        RenderError: R011 a template cannot be read, R012 it names something that a view does not have, R013 it reaches
            for something forbidden, R014 the page is too long, R016 or R017 the page does not stand alone.
    """
    from jinja2 import TemplateError, TemplateNotFound, UndefinedError
    from jinja2.exceptions import SecurityError

    environment = _environment(templates)
    _check_templates(environment, templates)
    data: dict[str, Any] = asdict(view)
    data["frame"]["style"] = Markup(view.frame.style)  # noqa: S704 - checked by check_style: it holds no “<”
    where = f"{templates.name}/{entry}"
    parts, length = [], 0
    try:
        for part in environment.get_template(entry).generate(data):
            length += len(part)
            if length > MAX_HTML:
                raise RenderError(Fault(where, f"the page is longer than {MAX_HTML:,} characters", "", "", "R014"))
            parts.append(part)
    except UndefinedError as error:
        raise RenderError(
            Fault(where, f"{error.message}", "a name of templates/CONTRACT.md", "Correct the name", "R012")
        ) from None
    except SecurityError as error:
        raise RenderError(Fault(where, f"refused: {error.message}", "", "Use the view alone", "R013")) from None
    except TemplateNotFound as error:
        raise RenderError(Fault(where, f"no template “{error.name}”", "", "Correct the name", "R010")) from None
    except TemplateError as error:
        raise RenderError(Fault(where, f"{error.message}", "", "Correct the template", "R011")) from None
    except RenderError:
        raise
    except Exception as error:  # a template is somebody’s program and may fail in any way
        kind = type(error).__name__
        raise RenderError(
            Fault(where, f"the template failed with {kind}", "", "Correct the template", "R011")
        ) from None
    page = "".join(parts)
    check_page(page, where=where)
    return page
