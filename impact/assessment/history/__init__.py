"""The history of an assessment's answers: who changed what and when, as a hash-chained file beside assessment.yaml."""
