"""Audits of a scorer's output: plan -> counts -> findings.

In: a plan and a table of people, or of counts. Out: rates with intervals, comparisons with verdicts, findings in words.
People's rows stay inside the counting engine; everything else is a function of counts. ``impact.audit`` is the Python
interface.
"""
