"""gettext catalogues (``.po``) of a pack: read into memory, and written; the only module that knows Babel.

In: bytes of a ``.po`` file, or texts with their context. Out: translations by context and text, or bytes.
A context is the ids of a text (``A3.pilot.label``), so that two equal words can differ in another language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from io import BytesIO

from impact.errors import Fault, PackError

__all__ = ["Texts", "is_language", "read_catalogue", "written"]

Texts = Mapping[tuple[str, str], str]  # (context, text in the pack's language) -> translation


def is_language(tag: str) -> bool:
    """Whether Babel knows the language; ``en-XA``, the pseudo-language of tests, counts as one.

    >>> is_language("cy"), is_language("fr-CA"), is_language("en-XA"), is_language("klingonese")
    (True, True, True, False)
    """
    from babel import Locale, UnknownLocaleError

    if tag == "en-XA":
        return True
    try:
        Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError):
        return False
    return True


def read_catalogue(data: bytes, *, name: str) -> dict[tuple[str, str], str]:
    """Translations of a ``.po`` file. Entries that are empty, fuzzy (not reviewed since the text changed) or obsolete
    are left out: such a text is shown in the pack's own language.

    Raises:
        PackError: Q065 the file cannot be read.
    """
    from babel.messages.pofile import PoFileError, read_po

    try:
        catalogue = read_po(BytesIO(data), abort_invalid=True)
    except (PoFileError, UnicodeDecodeError, ValueError, LookupError):
        fault = Fault(
            name, "cannot be read as a gettext catalogue", "a .po file in UTF-8", "Check it with msgfmt", "Q065"
        )
        raise PackError(fault) from None
    return {
        (message.context or "", message.id): message.string
        for message in catalogue
        if isinstance(message.id, str) and message.id and isinstance(message.string, str)
        if message.string and not message.fuzzy
    }


def written(
    language: str, texts: Iterable[tuple[str, str, str]], *, project: str, version: str, now: datetime
) -> bytes:
    """A catalogue of (context, text, translation); an empty translation is one that is still to be made."""
    from babel.messages.catalog import Catalog
    from babel.messages.pofile import write_po

    known = None if language == "en-XA" else language.replace("-", "_")
    catalogue = Catalog(
        locale=known,
        header_comment=f"# {project} {version}: {language}. The context of a text is the ids it stands under.",
        project=project,
        version=version,
        last_translator="see the pack",
        language_team="see the pack",
        msgid_bugs_address="see the pack",
        creation_date=now,
        revision_date=now,
        fuzzy=False,
        charset="utf-8",
    )
    for context, text, translation in texts:
        catalogue.add(text, translation, context=context)
    out = BytesIO()
    write_po(out, catalogue, width=100, sort_output=False, include_lineno=False)
    return out.getvalue()
