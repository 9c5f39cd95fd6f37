"""Claims against the decision log: does the log bear out what the answers say?

In: what an answered pack claims (``Claim``), and a decision log opened by ``metrics.logs``. Out: a ``Ruling`` for each
check, and the aggregates that it rests on, so that anyone can judge again. Holds no rows and no person.
"""
