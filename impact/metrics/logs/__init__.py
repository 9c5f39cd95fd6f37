"""Decision logs: files of any size, opened as tables with declared columns, asked for aggregates only."""
