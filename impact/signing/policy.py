"""Which changes may follow a signature: further signatures and what archiving adds, and nothing else.

In: two revisions of a PDF, through pyHanko. Out: pyHanko's difference policy. Stricter than pyHanko's own, which lets
pass a changed title, changed XMP metadata, a removed tagging mark, unreachable objects (design: documents.md, 4), and
revocation lists that are taken out of the store.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from typing import Any

from impact.signing.document import OutOfTime, value_of

__all__ = ["strict_policy"]

# What signing software rewrites each time, and what states nothing about the assessment.
_FREE_INFO = frozenset({"/ModDate", "/Producer"})
_FREE_XMP = frozenset({"ModifyDate", "MetadataDate", "Producer", "InstanceID"})
# Of the catalogue: not /MarkInfo, /Version, /Lang, /Names, /OpenAction …
_FREE_CATALOGUE = frozenset({"/AcroForm", "/DSS", "/Extensions", "/Metadata"})


@cache
def strict_policy() -> Any:
    """The policy; the same object on every call."""
    from pyhanko.pdf_utils.decode_limits import DecodePurpose
    from pyhanko.pdf_utils.metadata import xmp_xml
    from pyhanko.sign.diff_analysis import (
        CatalogModificationRule,
        DocInfoRule,
        DSSCompareRule,
        FormUpdatingRule,
        MetadataUpdateRule,
        ModificationLevel,
        ObjectStreamRule,
        SigFieldCreationRule,
        SigFieldModificationRule,
        StandardDiffPolicy,
        SuspiciousModification,
        XrefStreamRule,
    )

    class InfoDatesOnly(DocInfoRule):
        def apply(self, old: Any, new: Any) -> Iterable[Any]:
            if self._stated(old) != self._stated(new):
                raise SuspiciousModification("the document information was changed")
            yield from super().apply(old, new)

        @staticmethod
        def _stated(revision: Any) -> dict[str, str]:
            reference = revision.trailer_view.get_value_as_reference("/Info", optional=True)
            if reference is None:
                return {}
            # Asked of the revision: the reference itself would answer from the newest one.
            values = revision(reference)
            return {key: str(values[key]) for key in values if key not in _FREE_INFO}

    class XmpDatesOnly(MetadataUpdateRule):
        def apply(self, old: Any, new: Any) -> Iterable[Any]:
            if self._stated(old) != self._stated(new):
                raise SuspiciousModification("the XMP metadata was changed")
            yield from super().apply(old, new)

        @staticmethod
        def _stated(revision: Any) -> dict[tuple[str, str], list[str]] | None:
            try:
                stream = revision(revision.root.get_value_as_reference("/Metadata"))
            except KeyError:
                return None
            try:
                if isinstance(stream, xmp_xml.MetadataStream):
                    packet = stream.xmp
                else:
                    packet = xmp_xml.parse_xmp(io.BytesIO(stream.read_data(DecodePurpose.XMP_METADATA)))
            except Exception as error:
                raise SuspiciousModification("the XMP metadata cannot be read", error) from None
            found: dict[tuple[str, str], list[str]] = {}
            for structure in packet:
                for name, value in structure:
                    empty = name.local_name == "about" and value.value == ""  # each further block of XMP has one
                    if name.local_name not in _FREE_XMP and not empty:
                        found.setdefault((name.ns, name.local_name), []).append(repr(value))
            return found

    class NothingTakenOut(DSSCompareRule):
        """An archive adds to the store; who takes something out of it hides what an authority has said."""

        def apply(self, old: Any, new: Any) -> Iterable[Any]:
            if not self._held(old) <= self._held(new):
                raise SuspiciousModification("certificates, revocation lists or answers were taken out")
            yield from super().apply(old, new)

        @staticmethod
        def _held(revision: Any) -> set[bytes]:
            try:
                store = value_of(revision.root, "/DSS")
                keys = ("/Certs", "/CRLs", "/OCSPs") if store is not None else ()
                entries = [value_of(store, key) or () for key in keys]
                return {sha256(each[at].data).digest() for each in entries for at in range(len(each))}
            except OutOfTime:
                raise
            except Exception as error:
                raise SuspiciousModification("the document security store cannot be read", error) from None

    level = ModificationLevel.LTA_UPDATES
    return StandardDiffPolicy(
        global_rules=[
            CatalogModificationRule(ignored_keys=_FREE_CATALOGUE),  # type: ignore[no-untyped-call]  # pyHanko types this in part
            InfoDatesOnly().as_qualified(level),
            XrefStreamRule().as_qualified(level),
            ObjectStreamRule().as_qualified(level),
            NothingTakenOut().as_qualified(level),
            XmpDatesOnly().as_qualified(level),  # type: ignore[no-untyped-call]  # pyHanko types this in part
        ],
        form_rule=FormUpdatingRule(
            field_rules=[
                SigFieldCreationRule(),  # type: ignore[no-untyped-call]  # pyHanko types this in part
                SigFieldModificationRule(),
            ]
        ),
        ignore_orphaned_objects=False,
    )
