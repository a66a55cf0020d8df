"""What a reader chose to look at, as it stands in the address of the page."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from manyi.insights.disclosure import Forest
from manyi.warehouse.reads import Filters


class UnknownUnit(LookupError):
    """The unit is none that the reader may see."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Filters of a result: a unit (with everything below it), tier, segment, language, ISO week; '' is all."""

    unit: int | None = None
    tier: str = ""
    segment: str = ""
    language: str = ""
    week: str = ""

    @classmethod
    def of(cls, query: Mapping[str, str]) -> Selection:
        """From the query string.

        :raises UnknownUnit: when `unit` is no number.
        """
        unit = query.get("unit") or ""
        if unit and not (unit.isascii() and unit.isdigit() and len(unit) < 19):
            raise UnknownUnit(unit)
        texts = {name: (query.get(name) or "")[:60] for name in ("tier", "segment", "language", "week")}
        return cls(unit=int(unit) if unit else None, **texts)

    @property
    def chosen(self) -> dict[str, str]:
        """Attribute → value of the filters that are set."""
        texts = {name: getattr(self, name) for name in ("tier", "segment", "language", "week")}
        unit = {} if self.unit is None else {"unit": str(self.unit)}
        return unit | {name: value for name, value in texts.items() if value}

    @property
    def query(self) -> str:
        return urlencode(self.chosen)

    def filters(self, forest: Forest) -> Filters:
        """For the warehouse.

        :raises UnknownUnit: when the unit is not in the reader's forest.
        """
        if self.unit is not None and self.unit not in forest.parents:
            raise UnknownUnit(str(self.unit))
        return Filters(
            units=None if self.unit is None else forest.below(self.unit),
            tier=self.tier or None,
            segment=self.segment or None,
            language=self.language or None,
            week=self.week or None,
        )

    def timeless(self) -> Selection:
        """The same people in another wave: a week means nothing there."""
        return replace(self, week="")
