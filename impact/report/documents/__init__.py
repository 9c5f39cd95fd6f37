"""Documents for one audience each, made of the same record as the general assessment.

In: a cleaned record. Out: ``DocumentView``. A document is a template of ``templates/<set>/documents`` and a maker here.
A record names its document in ``templates.document``; one that names none is the general assessment.
"""

from impact.report.documents.assemble import GENERAL, NAMES, build_document, named_document, summary_age

__all__ = ["GENERAL", "NAMES", "build_document", "named_document", "summary_age"]
