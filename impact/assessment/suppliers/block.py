"""suppliers.yaml -> the block ``suppliers`` of the record: what was declared, and what follows from it.

In: a located YAML file, or the declared part of a record. Out: plain data. ``impact verify`` computes the result again
from the declared part alone. Refuses weights that do not add up to 100, marks without evidence, and marks of what
nobody asked for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from impact.assessment.suppliers.form import Offer, SuppliersFile
from impact.assessment.suppliers.ranking import DRAWS, SEED, around, evenly, ranks, total, wins
from impact.errors import Fault
from impact.yamlfile import Located, nearest

__all__ = ["faults_of_suppliers", "read_suppliers", "suppliers_result"]

_PRICE = "price"
_PLACES = 6


def read_suppliers(file: SuppliersFile) -> dict[str, Any]:
    """The block of a file without faults."""
    declared = file.model_dump(mode="json")
    return {"declared": declared, "result": suppliers_result(declared)}


def suppliers_result(declared: Mapping[str, Any]) -> dict[str, Any]:
    """What follows from the declared part: totals, ranks, and shares of weightings won.

    Args:
        declared: As ``SuppliersFile`` writes it.

    Raises:
        ValueError: It is not of that form, or has faults.
    """
    file = SuppliersFile.model_validate(declared, strict=False)
    if any(_faults(file)):
        raise ValueError("the comparison of suppliers has faults")
    weights = _weights(file)
    lowest = _lowest_price(file)
    parts = {offer.id: _parts(file, offer, lowest) for offer in file.offers}
    standing = {offer.id: _standing(file, offer) for offer in file.offers}
    ranked = {name: marks for name, marks in parts.items() if standing[name] == "met"}
    order = ranks({name: total(marks, weights, blank=0.0) for name, marks in ranked.items()})
    return {
        "offers": [
            {
                "id": offer.id,
                "red_lines": standing[offer.id],
                "not_met": _lines(file, offer, met=False),
                "not_shown": _lines(file, offer, met=None),
                "blanks": [name for name, part in zip(_names(file), parts[offer.id], strict=True) if part is None],
                "price_mark": None if file.price is None else _rounded(parts[offer.id][-1]),
                "worst": round(total(parts[offer.id], weights, blank=0.0), _PLACES),
                "best": round(total(parts[offer.id], weights, blank=1.0), _PLACES),
                "rank": order.get(offer.id),
            }
            for offer in file.offers
        ],
        "lowest_price": lowest,
        "draws": DRAWS,
        "seed": SEED,
        "wins_around": wins(ranked, around(weights)) if ranked else {},
        "wins_evenly": wins(ranked, evenly(len(weights))) if ranked else {},
    }


def _rounded(part: float | None) -> float | None:
    return None if part is None else round(part, _PLACES)


def _names(file: SuppliersFile) -> list[str]:
    return [one.id for one in file.requirements] + ([_PRICE] if file.price else [])


def _weights(file: SuppliersFile) -> list[int]:
    return [one.weight for one in file.requirements] + ([file.price.weight] if file.price else [])


def _parts(file: SuppliersFile, offer: Offer, lowest: float | None) -> list[float | None]:
    """Marks from 0 to 1, the price last: the lowest price divided by this one."""
    scale = file.scale
    found: list[float | None] = []
    for one in file.requirements:
        mark = offer.marks.get(one.id)
        found.append(None if mark is None else (mark.mark - scale.lowest) / (scale.highest - scale.lowest))
    if file.price is not None:
        price = offer.prices.over(file.price.years) if offer.prices else None
        # An offer that is not ranked may be cheaper than the lowest that is: it earns no more than the whole mark.
        found.append(None if price is None or lowest is None else min(1.0, lowest / price))
    return found


def _lowest_price(file: SuppliersFile) -> float | None:
    """The lowest price of the offers whose red lines are met: another one must not move their marks."""
    if file.price is None:
        return None
    years = file.price.years
    prices = [offer.prices.over(years) for offer in file.offers if offer.prices and _standing(file, offer) == "met"]
    return min((price for price in prices if price is not None), default=None)


def _standing(file: SuppliersFile, offer: Offer) -> str:
    """“met” where every red line is, “not met” where one is not, “not shown” where nobody said so of one."""
    if _lines(file, offer, met=False):
        return "not met"
    return "not shown" if _lines(file, offer, met=None) else "met"


def _lines(file: SuppliersFile, offer: Offer, *, met: bool | None) -> list[str]:
    said = {name: line.met for name, line in offer.red_lines.items()}
    return [line.id for line in file.red_lines if said.get(line.id) is met]


def faults_of_suppliers(file: SuppliersFile, located: Located) -> list[Fault]:
    """What no single key shows, in the order of the rules.

    Returns:
        A194 two of one id, A195 weights that do not add up to 100, A196 a mark of what was not asked or off the scale,
        A197 a mark, a red line or a price without evidence.
    """
    return [
        Fault(located.place_of(place), found, wanted, remedy, code)
        for place, found, wanted, remedy, code in _faults(file)
    ]


_Found = tuple[tuple[str | int, ...], str, str, str, str]


def _faults(file: SuppliersFile) -> Iterator[_Found]:
    yield from _twice(file)
    whole = sum(_weights(file))
    if whole != 100:
        yield ("requirements",), f"the weights add up to {whole}", "100, the price included", "Correct them", "A195"
    if file.scale.highest <= file.scale.lowest:
        yield ("scale",), "the highest mark is not above the lowest", "", "Correct it", "A196"
    asked, lines = {one.id for one in file.requirements}, {one.id for one in file.red_lines}
    for index, offer in enumerate(file.offers):
        at = ("offers", index)
        for name, mark in offer.marks.items():
            place = (*at, "marks", name)
            if name not in asked:
                yield _unknown(place, name, asked, "requirement")
            elif not file.scale.lowest <= mark.mark <= file.scale.highest:
                limits = f"{file.scale.lowest:g} to {file.scale.highest:g}"
                yield place, f"the mark {mark.mark:g} is off the scale", limits, "Correct it", "A196"
            if not _named(mark.evidence):
                yield _bare(place, "a mark")
        for name, line in offer.red_lines.items():
            place = (*at, "red_lines", name)
            if name not in lines:
                yield _unknown(place, name, lines, "red line")
            if not _named(line.evidence):
                yield _bare(place, "a red line")
        if offer.prices is not None and not _named(offer.prices.evidence):
            yield _bare((*at, "prices"), "a price")


def _twice(file: SuppliersFile) -> Iterator[_Found]:
    for key in ("requirements", "red_lines", "offers"):
        seen: set[str] = set()
        for index, one in enumerate(getattr(file, key)):
            if one.id in seen or (key == "requirements" and one.id == _PRICE):
                where: tuple[str | int, ...] = (key, index, "id")
                yield where, f"the id “{one.id}” is used already", "an id of its own", "Choose another", "A194"
            seen.add(one.id)


def _named(evidence: tuple[Any, ...]) -> bool:
    return any(piece.file or piece.url for piece in evidence)


def _bare(place: tuple[str | int, ...], what: str) -> _Found:
    remedy = "Name the file or the address that it rests on, or leave it out: it then counts as the worst case"
    return place, f"{what} stands without evidence", "evidence with “file” or “url”", remedy, "A197"


def _unknown(place: tuple[str | int, ...], name: str, known: set[str], what: str) -> _Found:
    near = nearest(name, known)
    remedy = f"Did you mean “{near}”?" if near else "Correct the id"
    return place, f"there is no {what} “{name}”", "", remedy, "A196"
