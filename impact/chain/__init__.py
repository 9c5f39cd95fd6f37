"""The rooms in order: an assessment folder to a signed document, and a signed document back to its figures.

The only room that knows all the others. It holds no arithmetic and no wording of findings (docs/adr/0002).
"""
