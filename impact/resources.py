"""Where packs and template sets are found, and the digest of every file of them.

In: a kind (``questionnaires`` or ``templates``), a name and settings. Out: a ``Resource``: its folder and its files.
The only module that knows bundled paths. Refuses symbolic links: a link could lead out of the folder that was named.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Literal

from impact.canonical import digest, digest_of
from impact.errors import Fault, SettingsError
from impact.regularfile import FileRefused, read_regular
from impact.settings import Settings
from impact.yamlfile import nearest

__all__ = ["Kind", "Resource", "bundled_folder", "find", "find_all", "read_listed"]

Kind = Literal["questionnaires", "templates"]
_ENTRY_POINTS = {"questionnaires": "impact.packs", "templates": "impact.templates"}
_MARKER = {"questionnaires": "pack.yaml", "templates": "set.yaml"}
_MAX_FILES = 2_000
_MAX_BYTES = 20_000_000  # of one file: a typeface or a picture of a template set is the largest that is meant
_MAX_ALL = 100_000_000


@dataclass(frozen=True)
class Resource:
    """A pack or a template set on disk.

    Attributes:
        name: Folder name, which is its id.
        folder: Where it stands.
        layer: ``settings`` (impact.toml, the environment or the command line), ``installed`` or ``bundled``.
        files: Relative path (with ``/``) -> digest, sorted.
        near: Folders of the settings, where a set that this one extends is looked for after the folder beside it.
        digest: Digest of ``files``: equal digests give equal content.
    """

    name: str
    folder: Path
    layer: str
    files: tuple[tuple[str, str], ...]
    near: tuple[Path, ...] = ()

    @property
    def digest(self) -> str:
        return digest_of([list(pair) for pair in self.files])


def bundled_folder(kind: Kind) -> Path:
    """The folder of bundled resources: inside the wheel, else beside our own pyproject.toml in a checkout."""
    packaged = Path(str(files("impact") / "_bundled" / kind))
    if packaged.is_dir():
        return packaged
    root = Path(str(files("impact"))).parent
    project = root / "pyproject.toml"
    # Without this look a wheel install might pick up somebody else's site-packages/templates.
    if project.is_file() and 'name = "impact-assessment"' in project.read_text(encoding="utf-8"):
        return root / kind
    raise SettingsError(
        Fault(str(packaged), "the bundled files are missing", "an intact installation", "Install again", "G010")
    )


def _layers(kind: Kind, settings: Settings) -> list[tuple[str, Path]]:
    named = settings.packs if kind == "questionnaires" else settings.templates
    from importlib import metadata  # slow to import, and --help does without

    layers = [("settings", folder) for folder in named]
    for point in sorted(metadata.entry_points(group=_ENTRY_POINTS[kind]), key=lambda found: (found.name, found.value)):
        layers.append(("installed", _installed(point.value, _ENTRY_POINTS[kind])))
    _refuse_twins(kind, [folder for layer, folder in layers if layer == "installed"])
    return [*layers, ("bundled", bundled_folder(kind))]


def _installed(value: str, group: str) -> Path:
    """The folder of an installed package that says it holds packs or sets; a package without one is a fault."""
    where, remedy = f"{group}: {value}", "Install that package again, or remove it"
    try:
        folder = Path(str(files(value)))
    except Exception as error:  # importing somebody else's package may fail in any way
        said = f"an installed package cannot be used ({type(error).__name__})"
        raise SettingsError(Fault(where, said, "a package with a folder of its own", remedy, "G040")) from None
    if not folder.is_dir():
        said = "an installed package has no folder of its own"
        raise SettingsError(Fault(where, said, "an unpacked package", remedy, "G040"))
    return folder


def _refuse_twins(kind: Kind, installed: list[Path]) -> None:
    """Installed packages have no order that a person chose, so that a name may occur in one of them alone."""
    seen: dict[str, Path] = {}
    for folder in dict.fromkeys(installed):
        for child in sorted(folder.iterdir()):
            if not (child / _MARKER[kind]).is_file():
                continue
            if child.name in seen:
                both = f"{seen[child.name].parent} and {folder}"
                remedy = "Remove one of them, or name the folder of the one that is meant in impact.toml"
                raise SettingsError(
                    Fault(child.name, f"two installed packages hold this name: {both}", "", remedy, "G041")
                )
            seen[child.name] = child


def find_all(kind: Kind, settings: Settings) -> list[Resource]:
    """Every pack or template set, nearest layer first; a name that occurs in several layers is listed in each."""
    marker = _MARKER[kind]
    found = []
    for layer, folder in _layers(kind, settings):
        for child in sorted(folder.iterdir()):
            if child.is_dir() and (child / marker).is_file():
                found.append(_read(child, layer))
    return found


def find(kind: Kind, name: str, settings: Settings) -> Resource:
    """The nearest pack or template set with this name; a path to a folder is taken as it is.

    Raises:
        SettingsError: G011 no such name (with the nearest one), G012 a link, or another thing that is no plain file,
            G013 too many files or bytes.
    """
    marker = _MARKER[kind]
    named = settings.packs if kind == "questionnaires" else settings.templates
    if "/" in name or name in (".", ".."):
        folder = Path(name)
        if (folder / marker).is_file():
            # The link is judged before it is resolved: “.” and a parent folder that is a link are the user's own.
            return replace(_read(folder if folder.is_symlink() else folder.resolve(), "settings"), near=named)
    names: list[str] = []
    for layer, folder in _layers(kind, settings):
        if (folder / name / marker).is_file():
            return replace(_read(folder / name, layer), near=named)
        names += [child.name for child in folder.iterdir() if (child / marker).is_file()]
    near = nearest(name, names)
    remedy = f"Did you mean “{near}”?" if near else f"Found: {', '.join(sorted(set(names))) or 'none'}"
    what = "pack" if kind == "questionnaires" else "template set"
    raise SettingsError(Fault(name, f"no {what} has this name", "", remedy, "G011"))


def read_listed(resource: Resource, name: str) -> bytes:
    """The bytes of a listed file, exactly as they were hashed.

    Raises:
        KeyError: The resource lists no such file: nothing else is ever opened.
        SettingsError: G012 the file is another one than was hashed a moment ago, or none any more.
    """
    listed = dict(resource.files)[name]
    where = f"{resource.name}/{name}"
    try:
        data = read_regular(resource.folder / name, most=_MAX_BYTES)
    except FileRefused as refused:
        raise _refused(where, refused) from None
    if digest(data) != listed:
        remedy = "Run again when nothing writes to the folder"
        raise SettingsError(Fault(where, "the file changed while it was read", "", remedy, "G012"))
    return data


def _read(folder: Path, layer: str) -> Resource:
    if folder.is_symlink():
        remedy = "Name the folder that it leads to"
        raise SettingsError(Fault(str(folder), "the folder is a symbolic link", "a folder", remedy, "G012"))
    listed: list[tuple[str, str]] = []
    size = 0
    for path in _below(folder):
        shown = path.relative_to(folder).as_posix()
        if not shown.isprintable():  # bytes that are no UTF-8, line ends, directions: a name nobody can read
            found = "a file name with characters that cannot be shown"
            raise SettingsError(Fault(f"{folder.name}/{shown!a}", found, "", "Rename the file", "G012"))
        if path.is_symlink():
            raise SettingsError(
                Fault(f"{folder.name}/{shown}", "a symbolic link", "a file", "Copy the file in", "G012")
            )
        if path.is_dir() or _hidden(Path(shown)):
            continue
        try:
            data = read_regular(path, most=_MAX_BYTES)
        except FileRefused as refused:
            raise _refused(f"{folder.name}/{shown}", refused) from None
        size += len(data)
        if size > _MAX_ALL:
            too_much = f"more than {_MAX_ALL // 1_000_000} MB in its files"
            raise SettingsError(Fault(folder.name, too_much, "a pack", "Check the path", "G013"))
        listed.append((shown, digest(data)))
    return Resource(folder.name, folder, layer, tuple(listed))


def _hidden(shown: Path) -> bool:
    return any(part.startswith(".") or part == "__pycache__" for part in shown.parts)


def _below(folder: Path) -> list[Path]:
    """Everything below a folder, sorted; stops counting at the limit, so that no folder is listed without end."""
    found: list[Path] = []
    counted = 0
    for path in folder.rglob("*"):
        found.append(path)
        counted += not _hidden(path.relative_to(folder))  # the history of a repository may be long
        if counted > _MAX_FILES or len(found) > 50 * _MAX_FILES:
            raise SettingsError(Fault(folder.name, f"more than {_MAX_FILES} files", "a pack", "Check the path", "G013"))
    return sorted(found)


def _refused(where: str, refused: FileRefused) -> SettingsError:
    code = "G013" if refused.large else "G012"
    return SettingsError(Fault(where, refused.said, "a file that can be read", "Remove it, or replace it", code))
