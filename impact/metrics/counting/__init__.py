"""Counting: any table of people, or of counts, to count tables. The only place where rows exist."""
