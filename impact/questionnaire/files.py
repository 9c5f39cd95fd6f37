"""The files of a pack as they were read: the place of every part.

In: located YAML. Out: the order in which faults are told. Knows nothing of what the files say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from impact.errors import Fault
from impact.yamlfile import Located

__all__ = ["Files"]


@dataclass(frozen=True)
class Files:
    """The files of a pack with the place of every part.

    Attributes:
        head, scoring, law: As read.
        sections: One for each section, in the order of the pack.
        lines: File name -> its lines, to tell where the text inside quotes begins.
        checks: checks.yaml, where the pack has one.
    """

    head: Located
    sections: tuple[Located, ...]
    scoring: Located
    law: Located
    lines: Mapping[str, Sequence[str]]
    checks: Located | None = None

    def order(self, fault: Fault) -> tuple[int, int, int]:
        """Sort key of a fault: file in the order of reading, line, column."""
        names = [part.name for part in (self.head, *self.sections, self.scoring, self.law, self.checks) if part]
        name, line, column = fault.where.rsplit(":", 2) if fault.where.count(":") >= 2 else (fault.where, "0", "0")
        return names.index(name) if name in names else len(names), int(line), int(column)
