"""Algorithmic impact and civil-liberties assessment: see docs/architecture.md for the house."""

__version__ = "0.1.0"
