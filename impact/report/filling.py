"""Templates and plain data -> HTML, in a sandbox.

In: the texts of a chain of template sets, plain data, the name of the template to begin with. Out: text.
Refuses: markup from anything but our own code (no ``safe``, no ``autoescape`` tag), names that the data do not have,
filters that are not on a short list, arithmetic, and calls of anything but macros, blocks and ``loop``. Opens no file:
a template can include only what the chain holds. What takes for ever is stopped from outside (``fill_child``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from impact.errors import Fault, RenderError
from impact.report.view.language import spans

if TYPE_CHECKING:
    from jinja2.sandbox import ImmutableSandboxedEnvironment

__all__ = ["FILTERS", "MAX_HTML", "Chain", "filled"]

MAX_HTML = 24_000_000
Chain = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]  # (set, ((name, text), …)), the nearest set first
FILTERS = frozenset(
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


def _environment(chain: Chain) -> ImmutableSandboxedEnvironment:
    from jinja2 import ChoiceLoader, DictLoader, PrefixLoader, StrictUndefined, Undefined
    from jinja2.exceptions import SecurityError
    from jinja2.runtime import BlockReference, LoopContext, Macro
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    def shown(value: Any) -> Any:
        # A list or a method would be printed as Python writes it, with an address that differs from run to run.
        if not isinstance(value, str | int | float | Undefined | None):
            raise SecurityError("prints something that is no text")
        return spans(value)

    class Sandbox(ImmutableSandboxedEnvironment):
        def is_safe_callable(self, obj: Any) -> bool:
            # Not even the methods of text: “'{:999999999}'.format(1)” is a gigabyte.
            return isinstance(obj, Macro | BlockReference | LoopContext)

    loaders = [DictLoader(dict(texts)) for _, texts in chain]
    # “NAME:” reaches a set from where it stands downwards, so that a template can extend the one it takes the place of.
    # A set that bears the name of one below it is meant by those above it, and means the one below.
    named = {name: ChoiceLoader(loaders[at:]) for at, (name, _) in enumerate(chain)}
    environment = Sandbox(
        loader=ChoiceLoader([*loaders, PrefixLoader(named, delimiter=":")]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=shown,
        auto_reload=False,
        cache_size=-1,
    )
    environment.filters = {name: made for name, made in environment.filters.items() if name in FILTERS}
    environment.globals = {}
    return environment


def _check_templates(environment: ImmutableSandboxedEnvironment, chain: Chain) -> None:
    """Parse every template of every set, all faults at once: a broken one is found even where it is not included."""
    faults = [
        fault
        for name, texts in chain
        for file, text in texts
        for fault in _faults_of(environment, text, f"{name}/{file}")
    ]
    if faults:
        raise RenderError(faults)


def _faults_of(environment: ImmutableSandboxedEnvironment, text: str, where: str) -> list[Fault]:
    from jinja2 import TemplateSyntaxError, nodes

    try:
        tree = environment.parse(text, filename=where)
    except TemplateSyntaxError as error:
        return [Fault(f"{where}:{error.lineno}", error.message or "bad syntax", "", "Correct it", "R011")]
    except RecursionError:
        return [Fault(where, "the template is nested too deep", "", "Flatten it", "R011")]
    faults = []
    for node in tree.find_all(nodes.EvalContextModifier):
        faults.append(Fault(f"{where}:{node.lineno}", "escaping is switched", "", "Remove the autoescape tag", "R013"))
    for used in tree.find_all(nodes.Filter):
        if used.name not in FILTERS:
            wanted = f"one of {', '.join(sorted(FILTERS))}"
            found = f"filter “{used.name}” is not allowed"
            faults.append(Fault(f"{where}:{used.lineno}", found, wanted, "Remove it", "R013"))
    arithmetic = (nodes.Add, nodes.Sub, nodes.Mul, nodes.Div, nodes.FloorDiv, nodes.Mod, nodes.Pow, nodes.Neg)
    for sum_ in tree.find_all(arithmetic):
        wanted = "figures as the view gives them"
        faults.append(Fault(f"{where}:{sum_.lineno}", "arithmetic in a template", wanted, "Remove it", "R013"))
    return faults


@lru_cache(maxsize=4)
def _ready(chain: Chain) -> ImmutableSandboxedEnvironment:
    """The environment of a chain, checked once: both media and every document use the same compiled templates."""
    environment = _environment(chain)
    _check_templates(environment, chain)
    return environment


def filled(chain: Chain, data: Mapping[str, Any], *, entry: str) -> str:
    """The text that a template gives.

    Raises:
        RenderError: R010 no such template, R011 a template cannot be read, R012 it names something that the data lack,
            R013 it reaches for something forbidden, R014 the page is too long.
    """
    from jinja2 import TemplateError, TemplateNotFound, UndefinedError
    from jinja2.exceptions import SecurityError

    environment = _ready(chain)
    where = f"{chain[0][0]}/{entry}"
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
    except (RenderError, MemoryError):
        raise
    except Exception as error:  # a template is somebody’s program and may fail in any way
        kind = type(error).__name__
        raise RenderError(
            Fault(where, f"the template failed with {kind}", "", "Correct the template", "R011")
        ) from None
    return "".join(parts)


def texts_of(files: Sequence[tuple[str, bytes]], *, where: str) -> tuple[tuple[str, str], ...]:
    """Names and texts of the templates among the files of a set.

    Raises:
        RenderError: R011 a template is not UTF-8.
    """
    found, faults = [], []
    for name, data in files:
        try:
            found.append((name, data.decode("utf-8-sig").replace("\r\n", "\n")))
        except UnicodeDecodeError:
            faults.append(Fault(f"{where}/{name}", "the file is not UTF-8", "", "Save it as UTF-8", "R011"))
    if faults:
        raise RenderError(faults)
    return tuple(found)
