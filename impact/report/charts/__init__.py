"""Charts as SVG, written by hand: shape, dash and shade tell apart, so colour is never the only cue.

In: numbers with their spelling. Out: ``Markup`` with a ``<title>`` that says the same numbers.
Knows nothing of records and has no plotting library. Presentation attributes only, so a strict page policy keeps them.
An undefined value is words in its place, never a point. One kind of chart in each module.
"""
