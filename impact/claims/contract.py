"""The decision-log contract: which columns a log may have, and of what kind.

In: nothing. Out: the columns of the case log, of the file of groups, and of the side files, by name.
Knows no file: ``metrics.logs`` opens what claims.yaml names and gives these columns their kinds. Every column is
optional; a check whose column is missing is *not testable* and names it. Columns are listed in docs/claims.md.
"""

from __future__ import annotations

from collections.abc import Mapping

from impact.metrics.logs.columns import Field

__all__ = ["CHARACTERISTICS", "CONTRACT", "LOG", "PEOPLE", "SIDES", "column_of"]


# Until when something holds, or by when it must be gone: a date alone means the whole of that day.
_WHOLE_DAYS = ("authority_to", "valid_to", "due")


def _fields(**kinds: str) -> Mapping[str, Field]:
    found = {}
    for kind, names in kinds.items():
        for name in names.split():
            found[name] = Field(name, kind, whole_day=name in _WHOLE_DAYS)  # type: ignore[arg-type]  # keywords are kinds
    return found


_DECISIONS = ("agree", "override", "defer")

LOG: Mapping[str, Field] = {
    **_fields(
        text="case_id subject_key system model_version config_hash input_hash deployment_id location_id watchlist_id "
        "watchlist_category reviewer_key reviewer_role second_reviewer_key corroboration action delay_reason "
        "label_source authority_ref authority_place offence_level case_ref query_user query_subject retention_class "
        "document_id language source_system prev_hash row_hash",
        time="ts_scored ts_alert ts_open ts_close ts_action ts_notified ts_contest ts_contest_decided ts_outcome "
        "ts_authority authority_from authority_to ts_start ts_end ts_deleted oldest_source_ts",
        number="threshold score",
        whole="rank watchlist_size faces_seen action_severity generated_claims unsupported_claims omitted_claims "
        "contradicted_claims severe_errors seq",
        bool="flag corrected_downstream outcome_label on_shift supplier_user query_audited query_explained seeded_test",
    ),
    "reviewer_decision": Field("reviewer_decision", "text", values=_DECISIONS),
    "blind_decision": Field("blind_decision", "text", values=_DECISIONS),
    "contest_result": Field("contest_result", "text", values=("upheld", "rejected", "pending")),
}

# Who belongs to which group: in the log itself, or in a file of its own that is joined on subject_key and kept apart.
CHARACTERISTICS = ("ethnicity", "sex", "age_band", "disability", "religion")
PEOPLE: Mapping[str, Field] = _fields(
    text="subject_key sex ethnicity age_band disability religion rank_grade unit contract_type area_code",
    time="ts_disclosure",
    bool="protected_disclosure",
)

SIDES: Mapping[str, Mapping[str, Field]] = {
    "audit_sample": _fields(text="case_id", bool="outcome_label", number="probability"),
    "approved_settings": _fields(
        text="model_version config_hash", number="threshold lowest_tested", time="valid_from valid_to"
    ),
    "baseline": _fields(text="measure bin", number="low high share", whole="count"),
    "link_sample": _fields(
        text="pair_id stratum group cluster_id", number="match_score weight", bool="linked true_link"
    ),
    "canaries": _fields(text="canary_id store", bool="found", time="due checked"),
    "areas": _fields(text="area_code", number="residents daytime_population recorded_crime group_share deprivation"),
    "patrols": _fields(text="area_code period", number="patrol_hours crimes_reported crimes_found"),
    "headcount": _fields(text="rank_grade unit", whole="employed"),
    "external_counts": {
        **_fields(text="source period", whole="count"),
        "counted": Field("counted", "text", values=("cases", "alerts", "people", "deployments")),
    },
    "costs": _fields(
        text="item period area", number="amount outcomes processed comparison_outcomes comparison_processed"
    ),
    "export_test": _fields(
        text="table reimport",
        whole="rows_expected rows_exported fields_expected fields_exported",
        number="hours",
        bool="derived",
    ),
    "kpis": _fields(text="kpi numerator denominator period direction", number="target within_hours"),
    "retraining": _fields(text="run location_id", whole="rank"),
    "inputs": {},  # the scorer's inputs: any columns, beside subject_key or case_id
}

CONTRACT: Mapping[str, Mapping[str, Field]] = {"log": {**LOG, **PEOPLE}, "people": PEOPLE, **SIDES}


def column_of(name: str) -> tuple[str, str]:
    """Table and column of a name that a check needs.

    >>> column_of("flag"), column_of("headcount.employed")
    (('log', 'flag'), ('headcount', 'employed'))
    """
    table, _, column = name.rpartition(".")
    return table or "log", column
