"""The house rules, held against the code: which room knows which, who may load what, what never stands in a file."""

from __future__ import annotations

import ast
import graphlib
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[1]
CODE = REPO / "impact"

BASE = {
    "errors",
    "canonical",
    "settings",
    "resources",
    "regularfile",
    "yamlfile",
    "yamlmistakes",
    "yamlspans",
    "outputs",
    "rounding",
}
ROOMS: dict[str, set[str]] = {  # room -> rooms it may import, besides the base and itself
    "questionnaire": set(),
    "metrics": set(),
    "report": set(),
    "signing": set(),
    "claims": {"metrics"},
    "audit": {"metrics"},  # the Python interface: names of one room, gathered
    "assessment": {"questionnaire", "metrics", "claims"},
    "chain": {"assessment", "questionnaire", "metrics", "claims", "report", "signing"},
    "cli": {"assessment", "questionnaire", "metrics", "claims", "report", "signing", "chain"},
}

METRICS = {"narwhals", "duckdb", "pyarrow", "pandas", "fairlearn", "aif360", "statsmodels", "scipy", "numpy", "polars"}
METRICS |= {"pyspark", "py4j", "adbc_driver_postgresql"}  # of the extras
FITTING = {"numpy", "scipy", "statsmodels"}  # claims judges aggregates with them; tables of people stay in metrics
OWNERS: dict[str, set[str]] = {  # library -> the only rooms (or base modules) that may import it
    **{library: {"metrics"} | ({"claims"} if library in FITTING else set()) for library in METRICS},
    "sklearn": {"metrics"},  # comes with fairlearn, several of whose metrics are scikit-learn's
    **{library: {"report"} for library in ("jinja2", "markupsafe", "weasyprint", "pydyf", "tinycss2")},
    "fontTools": {"report", "signing"},  # the typeface is embedded in pages and in signature fields
    **{library: {"signing"} for library in ("pyhanko", "pyhanko_certvalidator", "cryptography", "asn1crypto")},
    "cel_expr_python": {"questionnaire"},
    "babel": {"questionnaire"},
    "ruamel": {"yamlfile", "yamlmistakes", "yamlspans"},
    "pydantic": {"questionnaire", "metrics", "claims", "assessment", "yamlfile"},
    "pydantic_core": {"questionnaire", "metrics", "claims", "assessment", "yamlfile"},
    "typer": {"cli"},
    "click": {"cli"},
}
# Cheap enough, or needed in class statements: these may stand at the top of a module of their rooms.
AT_TOP = {"pydantic", "pydantic_core", "typer", "click", "ruamel", "markupsafe"}
NEVER_AT_START = (set(OWNERS) - {"typer", "click"}) | {"tensorflow", "torch", "sklearn", "matplotlib"}

LONGEST_MODULE = 400


@dataclass(frozen=True)
class Import:
    module: str  # dotted name of the importing module
    target: str  # dotted name of what is imported
    line: int
    top: bool  # executed when the module is loaded
    typing: bool  # only under TYPE_CHECKING

    @property
    def library(self) -> str:
        return self.target.partition(".")[0]

    def __str__(self) -> str:
        return f"{self.module.replace('.', '/')}.py:{self.line} imports {self.target}"


def _modules() -> dict[str, Path]:
    found = {}
    for path in sorted(CODE.rglob("*.py")):
        parts = path.relative_to(REPO).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


MODULES = _modules()
TREES = {name: ast.parse(path.read_text(encoding="utf-8")) for name, path in MODULES.items()}


def _imports_of(name: str) -> Iterator[Import]:
    package = name if MODULES[name].name == "__init__.py" else name.rpartition(".")[0]

    def walk(node: ast.AST, *, top: bool, typing: bool) -> Iterator[Import]:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.Import):
                for alias in child.names:
                    yield Import(name, alias.name, child.lineno, top, typing)
            elif isinstance(child, ast.ImportFrom):
                base = child.module or ""
                if child.level:
                    parents = package.split(".")[: len(package.split(".")) - child.level + 1]
                    base = ".".join([*parents, *([base] if base else [])])
                for alias in child.names:
                    full = f"{base}.{alias.name}"
                    yield Import(name, full if full in MODULES else base, child.lineno, top, typing)
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
                yield from walk(child, top=False, typing=typing)
            elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test):
                for inner in child.body:
                    yield from walk(ast.Module([inner], []), top=False, typing=True)
                for inner in child.orelse:
                    yield from walk(ast.Module([inner], []), top=top, typing=typing)
            else:
                yield from walk(child, top=top, typing=typing)

    yield from walk(TREES[name], top=True, typing=False)


IMPORTS = [found for name in MODULES for found in _imports_of(name)]


def _home(module: str) -> str:
    """Room or base module that a dotted name of ours belongs to; empty for the package itself."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else ""


def test_every_room_and_base_module_is_in_the_table() -> None:
    homes = {_home(name) for name in MODULES} - {""}

    assert homes - BASE == set(ROOMS)


def test_rooms_have_an_order() -> None:
    order = list(graphlib.TopologicalSorter(ROOMS).static_order())

    assert order[-1] == "cli"


def test_rooms_import_only_the_rooms_they_may_know() -> None:
    wrong = []
    for found in IMPORTS:
        if found.library != "impact":
            continue
        source, target = _home(found.module), _home(found.target)
        allowed = BASE | {""} | ({source} | ROOMS[source] if source in ROOMS else set())
        if target not in allowed:
            wrong.append(str(found))

    assert wrong == []


def test_each_library_is_imported_only_in_its_own_room() -> None:
    wrong = []
    for found in IMPORTS:
        if found.library in sys.stdlib_module_names or found.library in ("impact", "__future__"):
            continue
        if _home(found.module) not in OWNERS.get(found.library, set()):
            wrong.append(str(found))

    assert wrong == []


def test_heavy_libraries_are_imported_inside_functions() -> None:
    wrong = [str(f) for f in IMPORTS if f.top and f.library in OWNERS and f.library not in AT_TOP]

    assert wrong == []


def test_modules_do_not_import_each_other_in_a_circle() -> None:
    graph: dict[str, set[str]] = {name: set() for name in MODULES}
    for found in IMPORTS:
        if found.top and found.target in MODULES and found.target != found.module:
            graph[found.module].add(found.target)

    assert len(list(graphlib.TopologicalSorter(graph).static_order())) == len(MODULES)


def test_every_module_says_what_it_is_for() -> None:
    silent = [name for name, tree in TREES.items() if tree.body and not ast.get_docstring(tree)]

    assert silent == []


def test_no_module_is_a_drawer_for_odds_and_ends() -> None:
    drawers = {"utils", "util", "misc", "common", "helpers", "shared"}

    assert [name for name in MODULES if name.rpartition(".")[2] in drawers] == []


def test_no_module_is_longer_than_one_idea() -> None:
    lengths = {name: len(path.read_text(encoding="utf-8").splitlines()) for name, path in MODULES.items()}

    assert {name: n for name, n in lengths.items() if n > LONGEST_MODULE} == {}


def _is_constant(statement: ast.stmt) -> bool:
    """A docstring, or ``...``."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def test_nothing_is_left_for_later() -> None:
    left = []
    for name, tree in TREES.items():
        # A docstring is a whole body where it says what a protocol asks, or why an inherited method does nothing.
        inherited = {
            id(method)
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef) and node.bases
            for method in node.body
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Name) and node.id == "NotImplementedError":
                left.append(f"{name}:{node.lineno} NotImplementedError")
            elif isinstance(node, ast.FunctionDef) and id(node) not in inherited:
                said = [s for s in node.body if isinstance(s, ast.Pass) or _is_constant(s)]
                if len(said) == len(node.body) and not node.decorator_list:  # a decorated one may be all decorator
                    left.append(f"{name}:{node.lineno} {node.name} does nothing")
        for number, line in enumerate(MODULES[name].read_text(encoding="utf-8").splitlines(), start=1):
            if re.search(r"#.*\b(TODO|FIXME|XXX)\b", line):
                left.append(f"{name}:{number} {line.strip()}")

    assert left == []


def test_suppressions_name_their_rule_and_reason() -> None:
    # The reason stands on the line; where a module suppresses the same rule several times, on one of its lines.
    suppression = re.compile(
        r"#\s*(?:noqa|type: ignore|pragma: no cover)(?::\s*|\[|\b)(?P<rule>[A-Z]+\d+|[a-z-]+\])?(?P<reason>.*)"
    )
    wrong = []
    for name, path in MODULES.items():
        lines = enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        found = [(number, match) for number, line in lines for match in [suppression.search(line)] if match]
        explained = {match["rule"] for _, match in found if match["rule"] and re.search(r"\w", match["reason"])}
        wrong += [f"{name}:{number} {match.group()}" for number, match in found if match["rule"] not in explained]

    assert wrong == []


def _tracked() -> list[Path]:
    if not (REPO / ".git").exists():
        pytest.skip("not a git checkout: there is no list of tracked files")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=REPO, capture_output=True, check=True, text=True).stdout
    return [REPO / name for name in listed.split("\0") if name and (REPO / name).is_file()]


def _texts() -> Iterator[tuple[str, str]]:
    for path in _tracked():
        try:
            yield path.relative_to(REPO).as_posix(), path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue


LOCKS = {"requirements.lock": 50, "requirements-extras.lock": 3}  # file -> more pins than this


@pytest.mark.parametrize("name", LOCKS)
def test_the_lock_holds_no_address(name: str) -> None:
    lock = (REPO / name).read_text(encoding="utf-8")

    assert "://" not in lock
    # The only option that a line may carry is a hash: none says where to fetch from, long or short.
    assert [line for line in lock.splitlines() if re.match(r"\s*-(?!-hash=)", line)] == []


@pytest.mark.parametrize("name", LOCKS)
def test_every_dependency_is_pinned_with_a_hash(name: str) -> None:
    lock = (REPO / name).read_text(encoding="utf-8")
    pins = [block for block in re.split(r"\n(?=[a-z0-9])", lock, flags=re.I) if "==" in block]

    assert len(pins) > LOCKS[name]
    assert [pin.split("\n")[0] for pin in pins if "--hash=sha256:" not in pin] == []


def test_no_tracked_file_names_a_path_of_a_machine_or_a_package_registry() -> None:
    # Spelt in pieces so that this file does not find itself.
    folders = "|".join(("wor" + "k", "roo" + "t", "hom" + "e/[a-z]", "User" + "s/[A-Za-z]"))
    machine = re.compile(rf"(?<![\w./~-])/(?:{folders})/?\w*(?=[/\s\"'`)]|$)")
    registry = re.compile("|".join((r"pypi\." + "org", "python" + "hosted", "artifactor" + "y", r"/sim" + "ple/")))
    wrong = [
        f"{name}: {found.group()}"
        for name, text in _texts()
        for pattern in (machine, registry)
        for found in [pattern.search(text)]
        if found
    ]

    assert wrong == []


def test_no_tracked_file_is_larger_than_a_reader_expects() -> None:
    large = {p.relative_to(REPO).as_posix(): p.stat().st_size for p in _tracked() if p.stat().st_size > 1_500_000}

    assert large == {}


def test_test_modules_have_unique_names() -> None:
    names = [path.name for path in (REPO / "tests").rglob("test_*.py")]

    assert sorted(names) == sorted(set(names))


def _loaded(code: str) -> set[str]:
    """Top-level names in ``sys.modules`` after running ``code`` in a new interpreter."""
    tail = "\nimport sys; sys.stderr.write('LOADED ' + ' '.join({n.partition('.')[0] for n in sys.modules}))"
    # PYTHON* switches of the caller could load things of their own.
    clean = {key: value for key, value in os.environ.items() if not key.startswith("PYTHON")}
    done = subprocess.run([sys.executable, "-c", code + tail], capture_output=True, text=True, check=True, env=clean)
    return set(done.stderr.rpartition("LOADED ")[2].split())


@pytest.mark.skipif(not (CODE / "cli" / "app.py").exists(), reason="there is no command line in this checkout")
@pytest.mark.parametrize(
    "code",
    [
        "import impact.cli.app",
        "import sys; sys.argv = ['impact', '--help']\nfrom impact.cli.app import run\n"
        "try: run()\nexcept SystemExit as end: assert not end.code, end.code",
    ],
    ids=["import", "--help"],
)
def test_starting_the_command_line_loads_nothing_heavy(code: str) -> None:
    loaded = _loaded(code)

    assert "typer" in loaded
    assert loaded & NEVER_AT_START == set()


def test_verifying_does_not_load_the_renderer() -> None:
    loaded = _loaded("import impact.signing")

    assert loaded & {"weasyprint", "jinja2", "duckdb", "pandas"} == set()


METRICS_ORDER = {  # folder of the metrics room -> folders it may import, besides itself and the top of the room
    "plans": {"tables"},
    "tables": {"plans"},
    # Reviewers are placed among each other while they are counted: their own numbers may not leave (docs/adr/0015).
    "counting": {"plans", "tables", "statistics"},
    "statistics": set(),
    # The disclosure room protects what analyse then reads: analyse names its type, and hands over to it.
    "analysis": {"plans", "tables", "statistics", "disclosure"},
    "disclosure": {"plans", "tables", "statistics", "analysis"},
    "tools": {"plans", "tables", "counting", "statistics", "analysis", "disclosure"},
    # Decision logs, for the claims room: opened by the same engine as an audit's source, and fitted to where no count
    # would do.
    "logs": {"counting", "statistics"},
}


def test_folders_of_the_metrics_room_know_only_those_before_them() -> None:
    def folder(module: str) -> str:
        parts = module.split(".")
        return parts[2] if parts[:2] == ["impact", "metrics"] and len(parts) > 3 else ""

    wrong = [
        str(found)
        for found in IMPORTS
        if (here := folder(found.module)) != (there := folder(found.target))
        and here
        and there
        and there not in METRICS_ORDER[here]
    ]

    assert wrong == []
    assert {path.name for path in (CODE / "metrics").iterdir() if (path / "__init__.py").is_file()} == set(
        METRICS_ORDER
    )
