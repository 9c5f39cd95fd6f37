"""Count tables: everything that leaves the data, as immutable counts that add up, with a digest and a file form."""
