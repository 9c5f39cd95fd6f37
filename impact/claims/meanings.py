"""What each column of the contract means, for docs/claims.md and for people who are told that one is missing.

In: nothing. Out: words. A test holds them against the contract, both ways.
"""

from __future__ import annotations

from collections.abc import Mapping

from impact.claims.contract import column_of

__all__ = ["MEANINGS", "TABLES", "meaning"]

TABLES: Mapping[str, str] = {
    "log": "The case log: one row for each scored case, alert, query or deployment",
    "people": "Who belongs to which group, kept apart and joined on subject_key",
    "audit_sample": "Cases drawn to find out what was missed",
    "approved_settings": "Settings that were tested and approved",
    "baseline": "Scores and inputs at the time of approval, counted by bin",
    "link_sample": "Pairs of records that a person checked",
    "canaries": "Planted records, looked for after they should have gone",
    "areas": "Places, and who lives there",
    "patrols": "Patrol hours and crimes by place and period",
    "headcount": "How many people are employed",
    "external_counts": "Counts kept by somebody else (payroll, deployment reports)",
    "costs": "Cost and benefit",
    "export_test": "What an export to another system gave",
    "kpis": "Key performance indicators of the contract",
    "retraining": "Ranks of a re-run without what the tool itself brought to light",
    "inputs": "The scorer's inputs, any columns, by subject_key or case_id",
}

MEANINGS: Mapping[str, Mapping[str, str]] = {
    "log": {
        "case_id": "unique id of the row",
        "subject_key": "keyed hash of the person, vehicle or place scored",
        "ts_scored": "when the output was made",
        "system": "name of the system",
        "model_version": "version of the model",
        "config_hash": "hash of the settings in force",
        "threshold": "threshold in force",
        "score": "score",
        "rank": "rank among those scored together",
        "flag": "the output crossed the threshold, or an alert was raised",
        "input_hash": "hash of the inputs as they stood when scored",
        "deployment_id": "deployment, flight or run",
        "location_id": "place",
        "watchlist_id": "list in use",
        "watchlist_size": "how many stand on the list",
        "watchlist_category": "category of the entry matched",
        "faces_seen": "faces seen in the deployment, on its row",
        "ts_alert": "alert raised",
        "ts_open": "the reviewer opened the case",
        "ts_close": "the reviewer closed the case",
        "reviewer_key": "keyed hash of who reviewed",
        "reviewer_role": "in what role",
        "reviewer_decision": "agree, override or defer",
        "blind_decision": "view recorded before the score was shown",
        "second_reviewer_key": "keyed hash of the second person, if any",
        "corroboration": "evidence other than the output; empty, none, no, 0 or false means that there is none",
        "action": "what was done",
        "action_severity": "0 none, 1 contact, 2 stop, interview or formal step, 3 arrest, suspension or loss of "
        "service, 4 force, dismissal or removal",
        "ts_action": "when it was done",
        "ts_notified": "when the person was told",
        "delay_reason": "lawful reason recorded for telling late or not at all",
        "ts_contest": "challenge received",
        "ts_contest_decided": "challenge decided",
        "contest_result": "upheld, rejected or pending",
        "corrected_downstream": "the correction reached every copy and partner",
        "outcome_label": "what turned out: 1 the thing looked for, 0 not",
        "ts_outcome": "when that was known",
        "label_source": "who says so",
        "authority_ref": "written authority",
        "ts_authority": "when it was given",
        "authority_place": "place that it covers",
        "authority_from": "from when",
        "authority_to": "until when; a date alone means the whole of that day",
        "ts_start": "start of the deployment",
        "ts_end": "end of the deployment",
        "offence_level": "offence or conduct level of the matter",
        "case_ref": "case number that a user typed for a query",
        "query_user": "keyed hash of who searched",
        "query_subject": "whom: self, colleague, neighbour, public figure, other",
        "query_audited": "somebody looked at the query for misuse",
        "query_explained": "an audit accepted the reason of the query",
        "on_shift": "whether the user was on duty",
        "supplier_user": "the user is supplier staff",
        "ts_deleted": "when erased",
        "retention_class": "class that sets the period",
        "seeded_test": "the row is a planted test",
        "generated_claims": "statements in a generated document",
        "unsupported_claims": "of these, without support in the source",
        "omitted_claims": "material statements left out",
        "contradicted_claims": "statements that the source contradicts",
        "severe_errors": "errors that could do harm",
        "document_id": "generated document",
        "language": "its language",
        "source_system": "where the data came from",
        "oldest_source_ts": "its oldest date",
        "seq": "position in the log",
        "prev_hash": "hash of the row before",
        "row_hash": "hash of this row",
        "sex": "group",
        "ethnicity": "group",
        "age_band": "group",
        "disability": "group",
        "religion": "group",
        "rank_grade": "rank or grade",
        "unit": "unit",
        "contract_type": "contract type",
        "area_code": "area",
        "protected_disclosure": "the person has made a protected disclosure; held separately again",
        "ts_disclosure": "when",
    },
    "audit_sample": {
        "case_id": "the case",
        "outcome_label": "what turned out",
        "probability": "probability with which the case was drawn",
    },
    "approved_settings": {
        "model_version": "approved version",
        "config_hash": "approved settings",
        "threshold": "approved threshold",
        "lowest_tested": "lowest threshold that was tested",
        "valid_from": "from when",
        "valid_to": "until when; a date alone means the whole of that day; empty for no end",
    },
    "baseline": {
        "measure": "score, or the name of an input",
        "bin": "name of the bin",
        "low": "its lower limit",
        "high": "its upper limit, not in the bin",
        "share": "share of cases in it at approval",
        "count": "cases in it at approval",
    },
    "link_sample": {
        "pair_id": "the pair",
        "stratum": "stratum of the match score",
        "group": "group of the people",
        "cluster_id": "cluster that the pair belongs to",
        "match_score": "match score",
        "weight": "pairs that this one stands for",
        "linked": "the tool linked them",
        "true_link": "they are the same, says the person who looked",
    },
    "canaries": {
        "canary_id": "the planted record",
        "store": "primary, index, backup or supplier",
        "found": "it was still there",
        "due": "when it must be gone; a date alone means the end of that day",
        "checked": "when it was looked for",
    },
    "areas": {
        "area_code": "area",
        "residents": "residents",
        "daytime_population": "people there by day",
        "recorded_crime": "crimes that victims reported",
        "group_share": "share of the group in question among residents, 0 to 1",
        "deprivation": "deprivation score",
    },
    "patrols": {
        "area_code": "area",
        "period": "period",
        "patrol_hours": "hours of patrol",
        "crimes_reported": "crimes that people reported",
        "crimes_found": "crimes that a patrol found",
    },
    "headcount": {"rank_grade": "rank or grade", "unit": "unit", "employed": "people employed"},
    "external_counts": {
        "source": "payroll, deployment report …",
        "period": "year, month or day, as 2026, 2026-05 or 2026-05-31, in UTC unless claims.yaml names a time zone; "
        "empty for the whole log",
        "count": "how many",
        "counted": "what is counted: cases (when empty), alerts, people or deployments",
    },
    "costs": {
        "item": "what",
        "period": "period",
        "area": "area",
        "amount": "pounds",
        "outcomes": "useful outcomes",
        "processed": "people processed",
        "comparison_outcomes": "useful outcomes in the comparison",
        "comparison_processed": "people in the comparison",
    },
    "export_test": {
        "table": "table exported",
        "reimport": "result of reading it back: ok, or what went wrong",
        "rows_expected": "rows that there are",
        "rows_exported": "rows that came",
        "fields_expected": "fields that there are",
        "fields_exported": "fields that came",
        "hours": "hours that it took",
        "derived": "the table holds derived data: scores, links, features",
    },
    "kpis": {
        "kpi": "indicator",
        "numerator": "column of the log that is counted where it is true, or where it is recorded",
        "denominator": "column of the log that it is counted among; empty for all rows",
        "within_hours": "then both are times: no later than so many hours after the second; what is not yet due when "
        "the log ends is unknown",
        "period": "month (if empty), quarter or year",
        "direction": "at least (if empty) or at most",
        "target": "target, 0 to 1",
    },
    "retraining": {"run": "which run", "location_id": "place", "rank": "its rank"},
    "inputs": {},
}


def meaning(name: str) -> str:
    """What a missing column means, as words that can stand in a sentence.

    >>> meaning("ts_action"), meaning("headcount.employed")
    ('ts_action (when it was done)', 'headcount.employed (people employed)')
    """
    table, column = column_of(name)
    said = MEANINGS.get(table, {}).get(column) or MEANINGS["log"].get(column)
    return f"{name} ({said})" if said else name
