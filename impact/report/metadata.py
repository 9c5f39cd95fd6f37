"""XMP metadata: the claims of PDF/A-3a and PDF/UA-1 side by side, and the record's digest.

In: a WeasyPrint document and a digest. Out: the document, whose metadata writer is replaced. Knows nothing of pages.
WeasyPrint writes one claim at a time (Kozea/WeasyPrint#2783), and its ``xmp_metadata`` option lands after the closing
tag, so both claims and the extension schema that PDF/A asks for are put inside the one ``rdf:RDF`` here.
"""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import escape

__all__ = ["claim"]

_END = b"</rdf:RDF>"
_UA = """<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/">\
<pdfuaid:part>1</pdfuaid:part></rdf:Description>
<rdf:Description rdf:about="" xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/" \
xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#" xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">\
<pdfaExtension:schemas><rdf:Bag><rdf:li rdf:parseType="Resource">\
<pdfaSchema:schema>PDF/UA identification schema</pdfaSchema:schema>\
<pdfaSchema:namespaceURI>http://www.aiim.org/pdfua/ns/id/</pdfaSchema:namespaceURI>\
<pdfaSchema:prefix>pdfuaid</pdfaSchema:prefix>\
<pdfaSchema:property><rdf:Seq><rdf:li rdf:parseType="Resource">\
<pdfaProperty:name>part</pdfaProperty:name><pdfaProperty:valueType>Integer</pdfaProperty:valueType>\
<pdfaProperty:category>internal</pdfaProperty:category>\
<pdfaProperty:description>Part of ISO 14289 the file conforms to</pdfaProperty:description>\
</rdf:li></rdf:Seq></pdfaSchema:property></rdf:li></rdf:Bag></pdfaExtension:schemas></rdf:Description>
"""
# dc:identifier is predefined as one Text in PDF/A-3 (XMP 2004), so it needs no extension schema.
_IDENTIFIER = """<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/">\
<dc:identifier>{}</dc:identifier></rdf:Description>
"""


def claim(document: Any, *, identifier: str) -> None:
    """Make ``document`` write the PDF/UA claim and ``identifier`` (the record's digest) beside the PDF/A claim."""
    generate = document.metadata.generate_rdf_metadata

    def extended(*arguments: Any, **named: Any) -> bytes:
        made: bytes = generate(*arguments, **named).rstrip()
        if not made.endswith(_END):
            raise ValueError("WeasyPrint's metadata does not end as expected")
        return made[: -len(_END)] + _UA.encode() + _IDENTIFIER.format(escape(identifier)).encode() + _END

    document.metadata.generate_rdf_metadata = extended
