"""Questionnaires that are scored by adding points (docs/adr/0020-points-packs.md)."""
