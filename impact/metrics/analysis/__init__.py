"""Analysis: a plan and its counts to rates, comparisons, verdicts and findings in words."""
