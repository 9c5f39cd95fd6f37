"""The catalogue of checks, one module for each family, in the order of their numbers."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from impact.claims.check import Check

__all__ = ["ORDER", "catalogue"]

# Is the evidence sound? Then human review, accuracy, equality, and the rest (claims.md 3 of the design).
ORDER: tuple[str, ...] = (
    "CK-36",
    "CK-17",
    "CK-18",
    *(f"CK-{number:02}" for number in range(1, 17)),
    *(f"CK-{number:02}" for number in range(19, 36)),
    "CK-37",
    "CK-38",
)


@cache
def catalogue() -> Mapping[str, Check]:
    """Every check by its id, in the order in which they run."""
    from impact.claims.checks import (
        accuracy,
        authority,
        calibration,
        contract_terms,
        disclosures,
        drift,
        equality,
        generated_text,
        group_sizes,
        human_review,
        impact_ratio,
        keeping,
        linkage,
        loops,
        people,
        places,
        proxies,
        ranks,
        recall,
        settings,
        soundness,
        stages,
        versions,
    )

    modules = (
        human_review,
        accuracy,
        recall,
        calibration,
        equality,
        impact_ratio,
        group_sizes,
        settings,
        versions,
        drift,
        linkage,
        proxies,
        keeping,
        authority,
        people,
        disclosures,
        generated_text,
        places,
        loops,
        contract_terms,
        soundness,
        ranks,
        stages,
    )
    found = {check.id: check for module in modules for check in module.CHECKS}
    return {name: found[name] for name in ORDER if name in found}
