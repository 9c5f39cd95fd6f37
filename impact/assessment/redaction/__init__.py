"""Public versions of a record: parts are withheld, and the rest still shows that it belongs to the full record.

In: a full record, the decisions to withhold. Out: a public record with the root of the full one. Decision record 28.
"""
