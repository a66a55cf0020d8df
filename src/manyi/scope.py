"""Who is reading or acting, and which org units they may see.

Every query and every service takes a `Scope` first. It is built by `manyi.people.access` from a user's
roles, or by `Scope.system(reason)` for background jobs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeVar

Q = TypeVar("Q")


class NotAllowed(Exception):
    """The scope lacks a right, or lacks it for the org unit in question."""

    def __init__(self, right: str) -> None:
        self.right = right
        super().__init__(f"right {right!r} is missing")


@dataclass(frozen=True, slots=True)
class Grant:
    """One role at one place: rights that hold for a set of org units.

    `units` holds the ids of the unit and everything below it, `lineage` those of the units above;
    both None stand for the whole organisation.
    """

    rights: frozenset[str]
    units: frozenset[int] | None
    lineage: frozenset[int] | None = None


@dataclass(frozen=True, slots=True)
class Scope:
    user_id: int | None
    grants: tuple[Grant, ...] = ()
    reason: str = ""

    @classmethod
    def system(cls, reason: str) -> Scope:
        """A job's scope: sees and may do everything; the reason is kept for the log."""
        if not reason:
            raise ValueError("a system scope needs a reason")
        return cls(user_id=None, grants=(Grant(frozenset({"*"}), None),), reason=reason)

    @classmethod
    def nobody(cls) -> Scope:
        return cls(user_id=None)

    def _holding(self, right: str) -> list[Grant]:
        return [g for g in self.grants if right in g.rights or "*" in g.rights]

    def may(self, right: str, unit_id: int | None = None) -> bool:
        """Whether the right is held: anywhere when `unit_id` is None, else for that unit."""
        return any(g.units is None or unit_id is None or unit_id in g.units for g in self._holding(right))

    def require(self, right: str, unit_id: int | None = None) -> None:
        """Raise NotAllowed unless the right is held (for that unit, when one is given)."""
        if not self.may(right, unit_id):
            raise NotAllowed(right)

    def units_for(self, right: str) -> frozenset[int] | None:
        """Ids of the units for which the right is held; None means all of them."""
        held = self._holding(right)
        if any(g.units is None for g in held):
            return None
        return frozenset().union(*(g.units for g in held if g.units is not None))

    def lineage_for(self, right: str) -> frozenset[int] | None:
        """Units for which the right is held and the units above them; None means all."""
        units = self.units_for(right)
        if units is None:
            return None
        return units.union(*(g.lineage for g in self._holding(right) if g.lineage is not None))

    def limit(self, queryset: Any, right: str, field: str = "unit_id") -> Any:
        """The queryset narrowed to rows whose org unit the scope may see by this right."""
        if not self._holding(right):
            return queryset.none()
        units = self.units_for(right)
        return queryset if units is None else queryset.filter(**{f"{field}__in": units})
