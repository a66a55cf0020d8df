"""The statistics of Manyi, usable alone: numpy in, frozen dataclasses out; no Django, no files, no plots.

Entry points: :func:`manyi.measures.index.score` (an indicator tree and answers → satisfaction index 0–100
with its interval), :func:`manyi.measures.pls.fit` (structural models: ACSI, ECSI, CCSI or one's own) and
:func:`manyi.measures.disclosure.suppress` (what may be shown without giving a respondent away).

By question: how good (`index`, `shares`, `reliability`), is it different (`compare`), how many to ask and how
to weight them (`sampling`, `weighting`), what to do first (`drivers`, `priorities`, `kano`, `servqual`), who
the customers are and whether they stay (`lifetime`, `rfm`, `pareto`, `retention`).

Every error is a :class:`manyi.measures.errors.MeasureError` that says which column or node is wrong, and why.
The caller's data is never changed, nothing here reads a clock, and randomness comes from a seed that the
result records.
"""

from .errors import MeasureError

__all__ = ["MeasureError"]
