"""Audits of a scorer's output: plan -> counts -> findings.

In: a plan and a table of people, or of counts. Out: rates with intervals, comparisons with verdicts, findings in words.
People's rows stay inside the counting engine; everything else is a function of counts. ``impact.audit`` is the Python
interface. The folders, each knowing only those before it: ``plans`` and ``tables`` (what is declared; counts that add
up), ``counting`` (rows to tables), ``statistics`` (pure functions), ``analysis`` (rates, comparisons, findings),
``disclosure`` (protecting counts), ``tools`` (commands around an audit). ``words`` and ``libraries`` serve all of them.
"""
