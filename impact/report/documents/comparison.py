"""The comparison of suppliers (T-9): the same requirements, weights fixed beforehand, marks that rest on evidence.

In: a cleaned record with the block ``suppliers``, or without. Out: ``Composed``. Computes nothing: totals, order and
shares are the record’s. Without the block it shows what the answers say under the same headings, and that no comparison
is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from impact.report.documents.answered import Answered, barred, gap
from impact.report.documents.contracts import day_of
from impact.report.figures import british_date, count, percent, points
from impact.report.shapes_documents import Composed, DocumentPart, Said
from impact.report.view.parts import Numbering, joined, plural, sentence

__all__ = ["make_comparison"]

_FILE = "suppliers.yaml"
_KINDS = {"supplier": "Supplier", "open-source": "Open source", "in-house": "In-house"}
_LINES = {"met": "all met", "not met": "not met", "not shown": "not shown to be met"}
_YEARS = (5, 7, 10)
_ASKED = (
    ("B6", "Suppliers seriously evaluated"),
    ("N10", "Compared with open-source, in-house and rival products"),
    ("E5", "Accuracy as claimed"),
    ("E6", "Who tested it"),
    ("H2", "Groups that were tested"),
    ("E7", "Explanation of one person’s result"),
    ("E10", "Right to inspect"),
    ("N2", "Export to an open format"),
    ("B3", "Hosting, and who controls it"),
    ("L5", "Who holds the keys"),
    ("N8", "Access by a foreign state"),
    ("N9", "Reuse of data"),
    ("O1", "Cost over its whole life"),
    ("O4", "Posts that go or change"),
)


_PARTS = {
    "terms": "How the offers were compared",
    "order": "Totals and order",
    "sensitivity": "How far the order depends on the weights",
    "marks": "Marks and evidence",
    "prices": "Prices over 5, 7 and 10 years",
}
_WITHHELD = (
    "The assessment compares suppliers on the same requirements. Marks, totals and order follow from each other, so "
    "the comparison is withheld whole. What the answers say of the system itself is no substitute for it."
)


def make_comparison(record: Mapping[str, Any], number: Numbering) -> Composed:
    answered = Answered(record)
    block = record.get("suppliers")
    if not block:
        label = "Suppliers on the same requirements"
        bar = barred(record, "block/suppliers", label, _FILE)
        if bar:
            places = tuple(DocumentPart(heading=number.section(*named), lines=(bar,)) for named in _PARTS.items())
            return Composed(lead=(_WITHHELD,), sections=(*places, _own(answered, number)))
        own = _own(answered, number)
        missing = DocumentPart(
            heading=number.section("comparison", "Comparison"),
            lines=(gap(label, _FILE, "the assessment holds no comparison"),),
        )
        return Composed(
            lead=("No comparison of suppliers is in the record. What follows is no substitute for one.",),
            sections=(own, missing),
        )
    declared, result = block["declared"], block["result"]
    sections = (
        _terms(declared, number),
        _order(declared, result, number),
        _sensitivity(declared, result, number),
        _marks(declared, result, number),
        _prices(declared, number),
        _own(answered, number),
    )
    return Composed(lead=_lead(declared, result), sections=sections)


def _own(answered: Answered, number: Numbering) -> DocumentPart:
    return DocumentPart(
        heading=number.section("answers-say", "What the answers say of the system itself"),
        lead="These lines are about the system that is assessed, under headings of a comparison. They compare nothing.",
        lines=tuple(answered.say(name, label) for name, label in _ASKED),
    )


def _lead(declared: Mapping[str, Any], result: Mapping[str, Any]) -> tuple[str, ...]:
    names = _names(declared)
    ranked = [each for each in result["offers"] if each["rank"] == 1]
    first = joined([names[each["id"]] for each in ranked])
    said = f"Highest total on the declared weights, blanks counted as the lowest mark: {first}." if first else ""
    left = [names[each["id"]] for each in result["offers"] if each["rank"] is None]
    lines = [
        f"{declared['title']}: {plural(len(declared['offers']), 'offer')} on the same requirements. {said}".strip()
    ]
    if left:
        lines.append(f"Not ranked, because a red line is not met or not shown to be met: {joined(left)}.")
    lines.append("Marks and weights are the buyer’s. The toolkit adds them up; it has not judged an offer.")
    return tuple(lines)


def _names(declared: Mapping[str, Any]) -> dict[str, str]:
    return {offer["id"]: offer["name"] for offer in declared["offers"]}


def _listed(label: str, text: str) -> Said:
    return Said(label=label, text=sentence(text), source=_FILE, gap=False)


def _terms(declared: Mapping[str, Any], number: Numbering) -> DocumentPart:
    scale, price = declared["scale"], declared["price"]
    rows = [(one["id"], one["text"], f"{one['weight']}") for one in declared["requirements"]]
    if price:
        text = (
            f"Price over {price['years']} years: the lowest price of the ranked offers divided by this price, times "
            "the highest mark"
        )
        rows.append(("price", text, f"{price['weight']}"))
    table = number.table(
        "Requirements and weights", [("Id", 20), ("Requirement", 65), ("Weight", 15, True)], rows, note="Out of 100."
    )
    red = number.table_or_none(
        "Red lines", [("Id", 20), ("What must be met", 80)], [(one["id"], one["text"]) for one in declared["red_lines"]]
    )
    lines = [
        _when(declared),
        _listed("Marks", f"From {scale['lowest']:g} to {scale['highest']:g}; a mark without evidence is refused"),
        _other_ways(declared),
    ]
    if not declared["red_lines"]:
        lines.append(gap("Red lines", _FILE, "none is declared"))
    if not price:
        lines.append(gap("Weight of the price", _FILE, "the price has no weight, so it moves no total"))
    return DocumentPart(
        heading=number.section("terms", _PARTS["terms"]),
        lines=tuple(lines),
        tables=(table, red) if red else (table,),
    )


def _when(declared: Mapping[str, Any]) -> Said:
    fixed, scored = day_of(declared["weights_fixed"]), day_of(declared["scored"])
    label = "Weights fixed before marking"
    if fixed is None or scored is None:
        lacking = "the weights were fixed" if fixed is None else "marking began"
        return gap(label, _FILE, f"the day on which {lacking} is not given")
    days = f"Weights on {british_date(fixed.isoformat())}, first mark on {british_date(scored.isoformat())}"
    return _listed(label, f"Yes. {days}" if fixed < scored else f"NO. {days}")


def _other_ways(declared: Mapping[str, Any]) -> Said:
    found = [offer["name"] for offer in declared["offers"] if offer["kind"] != "supplier"]
    label = "In-house or open-source way"
    if found:
        return _listed(label, f"Compared on the same requirements: {joined(found)}")
    return gap(label, _FILE, declared["no_in_house"] or "no such row is there, and no reason is given")


def _order(declared: Mapping[str, Any], result: Mapping[str, Any], number: Numbering) -> DocumentPart:
    offers = {offer["id"]: offer for offer in declared["offers"]}
    ordered = sorted(result["offers"], key=lambda each: (each["rank"] is None, each["rank"] or 0, -each["worst"]))
    table = number.table(
        "Totals out of 100, and order",
        [
            ("Offer", 30),
            ("Kind", 15),
            ("Blanks as lowest", 15, True),
            ("As highest", 15, True),
            ("Rank", 10),
            ("Red lines", 15),
        ],
        [
            (
                offers[each["id"]]["name"],
                _KINDS[offers[each["id"]]["kind"]],
                points(each["worst"]),
                points(each["best"]),
                "not ranked" if each["rank"] is None else str(each["rank"]),
                _red(each),
            )
            for each in ordered
        ],
        note="The order is that of the first total: what has no mark counts as the lowest. The second is what the "
        "offer could reach if every blank earned the highest mark. Equal totals share a rank.",
    )
    close = _overlap(ordered, _names(declared))
    return DocumentPart(
        heading=number.section("order", _PARTS["order"]), tables=(table,), closing=(close,) if close else ()
    )


def _red(each: Mapping[str, Any]) -> str:
    named = each["not_met"] or each["not_shown"]
    return _LINES[each["red_lines"]] + (f": {joined(named)}" if named else "")


def _overlap(ordered: Sequence[Mapping[str, Any]], names: Mapping[str, str]) -> Said | None:
    """Whether blanks could turn the order: an offer below that could reach the first."""
    ranked = [each for each in ordered if each["rank"] is not None]
    if not ranked:
        return None
    first = ranked[0]
    could = [names[each["id"]] for each in ranked[1:] if each["best"] > first["worst"] and each["blanks"]]
    if could:
        text = f"If blanks were filled, {joined(could)} could reach a higher total than {names[first['id']]} has"
        return _listed("What blanks could change", text)
    return _listed("What blanks could change", "No blank of an offer could bring it above the first")


def _sensitivity(declared: Mapping[str, Any], result: Mapping[str, Any], number: Numbering) -> DocumentPart:
    names, near, even = _names(declared), result["wins_around"], result["wins_evenly"]
    table = number.table_or_none(
        "Share of weightings under which an offer comes first",
        [("Offer", 50), ("Around the declared weights", 25, True), ("Any weights at all", 25, True)],
        [
            (names[name], _share(near[name], result), _share(even[name], result))
            for name in sorted(near, key=lambda name: (-near[name], -even[name], name))
        ],
        note=f"{result['draws']:,} weightings each, drawn with seed {result['seed']}; such a share is known to within "
        f"one point either way, and “none” means under about {percent(3 / result['draws'])}. "
        "A tie is divided equally. Blanks count as the lowest mark.",
    )
    lines = () if table else (gap("Sensitivity to the weights", _FILE, "no offer is ranked"),)
    return DocumentPart(
        heading=number.section("sensitivity", _PARTS["sensitivity"]),
        lead="Weights are a choice. “Around the declared weights” lets each vary at random about its value (a weight "
        "of 20 by about 4 points either way, one standard deviation; Dirichlet distribution of concentration 100). "
        "“Any weights at all” takes every weighting for equally likely. An offer that comes first under nearly all of "
        "them does not owe its place to the weights.",
        lines=lines,
        tables=(table,) if table else (),
    )


def _share(share: float, result: Mapping[str, Any]) -> str:
    """A share of the weightings drawn; none of them is not the same as never."""
    if share in (0, 1):
        return f"{'all' if share else 'none'} of {result['draws']:,}"
    return percent(share)


def _marks(declared: Mapping[str, Any], result: Mapping[str, Any], number: Numbering) -> DocumentPart:
    rows = []
    for one in declared["requirements"]:
        for offer in declared["offers"]:
            mark = offer["marks"].get(one["id"])
            rows.append(
                (
                    one["id"],
                    offer["name"],
                    f"{mark['mark']:g}" if mark else "blank",
                    _evidence(mark) if mark else "no mark; counts as the lowest",
                )
            )
    for line in declared["red_lines"]:
        for offer in declared["offers"]:
            said = offer["red_lines"].get(line["id"])
            word = "not shown" if said is None else "met" if said["met"] else "not met"
            rows.append(
                (line["id"], offer["name"], word, _evidence(said) if said else "nobody said; counts as not met")
            )
    table = number.table(
        "Marks, red lines and what they rest on",
        [("Requirement", 20), ("Offer", 25), ("Mark", 10), ("Evidence", 45)],
        rows,
    )
    blanks = sum(len(each["blanks"]) for each in result["offers"])
    lead = f"{plural(blanks, 'blank')} in all, the price included." if blanks else "There is no blank."
    return DocumentPart(heading=number.section("marks", _PARTS["marks"]), lead=lead, tables=(table,))


def _evidence(found: Mapping[str, Any]) -> str:
    pieces = []
    for piece in found["evidence"]:
        where = piece["file"] or piece["url"] or ""
        named = f"{piece['title']} ({where})" if piece["title"] and where else piece["title"] or where
        pieces.append(f"{named}, {piece['where']}" if piece["where"] else named)
    return "; ".join(pieces) + (f". {found['note']}" if found.get("note") else "")


def _prices(declared: Mapping[str, Any], number: Numbering) -> DocumentPart:
    table = number.table(
        "Prices in pounds",
        [("Offer", 25), *((f"{years} years", 15, True) for years in _YEARS), ("Exit included", 15), ("Evidence", 15)],
        [_price_row(offer) for offer in declared["offers"]],
        note="“Blank” means that no price was given; where that period is weighed it counts as the lowest mark.",
    )
    return DocumentPart(heading=number.section("prices", _PARTS["prices"]), tables=(table,))


def _price_row(offer: Mapping[str, Any]) -> tuple[str, ...]:
    prices = offer["prices"] or {}
    exits = prices.get("includes_exit")
    return (
        offer["name"],
        *(count(prices[f"years_{years}"]) if prices.get(f"years_{years}") else "blank" for years in _YEARS),
        "not stated" if exits is None else "Yes" if exits else "No",
        _short(prices),
    )


def _short(prices: Mapping[str, Any]) -> str:
    return "; ".join(
        piece["where"] or piece["title"] or piece["file"] or piece["url"] for piece in prices.get("evidence", ())
    )
