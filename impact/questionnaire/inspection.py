"""Everything that can be said of a pack before anybody answers it: faults, and notes that are no faults.

In: a resource. Out: ``Inspection``. Does what loading does, and what would take too long each time a pack is used.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from impact.errors import Fault
from impact.questionnaire.examples import example_faults
from impact.questionnaire.files import Files
from impact.questionnaire.load import Reading, read_pack
from impact.questionnaire.mend import echoes
from impact.questionnaire.migration import migration_faults, unconnected
from impact.questionnaire.pack import Pack
from impact.questionnaire.reachable import unreachable
from impact.resources import Resource
from impact.yamlfile import Located

__all__ = ["Inspection", "check_pack", "inspect_pack"]


@dataclass(frozen=True)
class Inspection:
    """What was found.

    Attributes:
        pack: None where it could not be read.
        faults: Each stops the pack from being used, or makes one of its own examples wrong; in file order.
        notes: Worth a look: law that nothing cites. In file order.
        examples: How many worked examples came out as they should.
    """

    pack: Pack | None
    faults: tuple[Fault, ...]
    notes: tuple[Fault, ...] = ()
    examples: int = 0


def check_pack(resource: Resource) -> list[Fault]:
    """The faults of :func:`inspect_pack`."""
    return list(inspect_pack(resource).faults)


def inspect_pack(resource: Resource) -> Inspection:
    """Everything that loading would refuse, rules that can never hold, faults of migrations, and the worked examples.

    The figures of an example are worked out only where nothing else is wrong: a wrong weight would be told again by
    every example. Form and ids of examples are judged all the same.
    """
    reading = read_pack(resource)
    pack, files = reading.pack, reading.files
    if pack is None or (files is None and reading.faults):
        return Inspection(None, tuple(reading.faults))
    if files is None:
        return _short(reading, pack)
    never = [fault for fault in unreachable(pack, files) if not echoes(fault, reading.left_out)]
    faults = sorted([*reading.faults, *never], key=files.order)
    notes = sorted(_uncited(pack, files), key=files.order)
    clean, worked = not faults, 0
    steps = []
    for index, name in enumerate(pack.head.migrations):
        located = _listed(reading, name, files.head.place_of(("migrations", index)), faults)
        if located is not None:
            step, found = migration_faults(pack, located)
            faults += sorted(found, key=_place)
            steps += [(located, step)] if step is not None else []
    faults += unconnected(pack, steps)
    for index, name in enumerate(pack.head.examples):
        located = _listed(reading, name, files.head.place_of(("examples", index)), faults)
        if located is not None:
            found = example_faults(pack, located, figures=clean)
            faults += sorted((fault for fault in found if not echoes(fault, reading.left_out)), key=_place)
            worked += clean and not found
    return Inspection(pack, tuple(faults), tuple(notes), worked)


def _short(reading: Reading, pack: Pack) -> Inspection:
    """A short form without faults: its questions are the full form's, which was checked; its examples are its own."""
    faults: list[Fault] = []
    worked = 0
    for name in pack.head.examples:
        located = _listed(reading, name, f"{reading.resource.name}/pack.yaml", faults)
        if located is not None:
            found = example_faults(pack, located)
            faults += sorted(found, key=_place)
            worked += not found
    return Inspection(pack, tuple(faults), (), worked)


def _place(fault: Fault) -> tuple[int, int]:
    _, line, column = fault.where.rsplit(":", 2)
    return int(line), int(column)


def _listed(reading: Reading, name: str, at: str, faults: list[Fault]) -> Located | None:
    before = len(reading.faults)
    located = reading.located(name, at=at)
    faults += reading.faults[before:]
    return located


def _uncited(pack: Pack, files: Files) -> Iterator[Fault]:
    """Q039, a note: keys of law.yaml that no question and no hard stop cites, by themselves or in a group."""
    refs = {ref for question in pack.questions.values() for ref in question.refs}
    refs |= {ref for stop in pack.scoring.hard_stops for ref in stop.refs}
    cited = refs | {key for ref in refs for key in pack.law.expand(ref)}
    for key in pack.law.keys:
        if key not in cited:
            where = files.law.place_of(("keys", key), key=True)
            yield Fault(where, f"nothing cites “{key}”", "", "Cite it, or remove it", "Q039")
