"""What can be wrong with the numbers somebody hands us, said so that they can mend it.

Every error keeps its text as ``template`` and ``params`` apart from the finished English sentence, so that a
page can translate the sentence without parsing it: ``gettext(error.template).format(**error.params)``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


class MeasureError(ValueError):
    """The input cannot be measured; the text says which column or node, and why.

    >>> error = ColumnError("Column '{column}' is empty.", column="q1")
    >>> str(error), error.params["column"]
    ("Column 'q1' is empty.", 'q1')
    """

    def __init__(self, template: str, **params: object) -> None:
        # No parameters means the text is final: it may hold braces that a user wrote (and unpickling comes
        # this way).
        super().__init__(template.format(**params) if params else template)
        self.template = template
        self.params = params


class TreeError(MeasureError):
    """An indicator tree is not usable; ``params['path']`` says where in the file."""


class ColumnError(MeasureError):
    """A column is absent, not numeric, of the wrong length or outside its scale; ``params['column']`` names
    it.
    """


class WeightError(MeasureError):
    """Survey weights, margins or comparison judgements cannot be used."""


class OptionError(MeasureError):
    """An option is outside its range, for example a confidence of 95 instead of 0.95."""


class TooFewError(MeasureError):
    """There are not enough answers for what was asked; ``params`` hold how many there are and how many it
    takes.
    """


@dataclass(frozen=True, slots=True)
class Remark:
    """Something the reader of a result should know: a sentence, kept as template and parameters like an
    error.

    >>> str(Remark("Only {n} answers.", {"n": 12}))
    'Only 12 answers.'
    """

    template: str
    params: Mapping[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format(**self.params)
