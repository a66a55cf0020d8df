"""The statistics of Manyi, usable alone: numpy in, frozen dataclasses out; no Django, no files, no plots.

Entry points: :func:`manyi.measures.index.score` (an indicator tree and answers → satisfaction index 0–100
with its interval), :mod:`manyi.measures.shares` and :mod:`manyi.measures.compare` (standard measures, and
whether they differ),
:func:`manyi.measures.disclosure.suppress` (what may be shown without giving a respondent away).

Every error is a :class:`manyi.measures.errors.MeasureError` that says which column or node is wrong, and why.
The caller's data is never changed, and nothing here reads a clock or a random generator that was not passed
in.
"""

from .errors import MeasureError

__all__ = ["MeasureError"]
