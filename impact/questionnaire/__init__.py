"""Pack and answers in, scores with intervals, stops and flags out. Knows no table of people, no page, no signature."""
