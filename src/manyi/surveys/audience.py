"""Whom a wave is for, and whom it leaves out before any drawing. Pure: no Django, no clock.

`Wave.audience` is a mapping with these keys, all optional; an empty one means everybody:

    units: [3, 7]                     # org units, everything below included
    customers: [12, 15]               # these customers alone, such as those affected by an improvement
    kinds, tiers, segments, industries, regions: [values]
    attributes: {key: [values]}       # own attributes of the customer file
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

NOT_IN_AUDIENCE = "not_in_audience"
INACTIVE = "inactive"
NO_ADDRESS = "no_address"
BOUNCED = "bounced"
OPTED_OUT = "opted_out"
FATIGUE = "fatigue"

#: Filter → the fact of a customer it looks at.
LISTS = {
    "kinds": "kind",
    "tiers": "tier",
    "segments": "segment",
    "industries": "industry",
    "regions": "region",
}


class AudienceError(ValueError):
    """A filter that cannot be read: `where` names it, `code` says why (`services.waves.WHY_UNREADABLE`)."""

    def __init__(self, where: str, code: str) -> None:
        self.where, self.code = where, code
        super().__init__(f"{where}: {code}")


@dataclass(frozen=True, slots=True)
class Reach:
    """A contact as far as asking goes."""

    id: int
    email: str
    language: str = "zh-hans"
    opted_out: bool = False
    bounced: bool = False
    last_invited_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer as far as asking goes. `lineage` holds the org unit and those above; contacts, best first."""

    id: int
    unit_id: int
    lineage: frozenset[int]
    owner_id: int | None = None
    kind: str = ""
    tier: str = ""
    segment: str = ""
    industry: str = ""
    region: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    active: bool = True
    contacts: Sequence[Reach] = ()

    def fact(self, name: str) -> str:
        """A characteristic as text: unit, kind, tier, segment, industry, region or `attributes.<key>`."""
        if name == "unit":
            return str(self.unit_id)
        if name.startswith("attributes."):
            return str(self.attributes.get(name.removeprefix("attributes."), "") or "")
        return str(getattr(self, name))


@dataclass(frozen=True, slots=True)
class Audience:
    """Filters that must all hold; within one filter any value will do."""

    units: frozenset[int] = frozenset()
    customers: frozenset[int] = frozenset()
    lists: Mapping[str, frozenset[str]] = field(default_factory=dict)
    attributes: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def from_dict(cls, data: Any) -> Audience:
        """Read `Wave.audience`. Raises AudienceError naming the filter that is wrong."""
        if not isinstance(data, Mapping):
            raise AudienceError("audience", "mapping")
        unknown = sorted(str(k) for k in data if k not in {"units", "customers", "attributes", *LISTS})
        if unknown:
            raise AudienceError(unknown[0][:60], "unknown")
        numbers = {name: _values(data.get(name), name) for name in ("units", "customers")}
        for name, values in numbers.items():
            if any(isinstance(value, bool) or not isinstance(value, int) for value in values):
                raise AudienceError(name, "units")
        raw = data.get("attributes") or {}
        if not isinstance(raw, Mapping):
            raise AudienceError("attributes", "mapping")
        return cls(
            units=frozenset(numbers["units"]),
            customers=frozenset(numbers["customers"]),
            lists={k: frozenset(str(v) for v in _values(data[k], k)) for k in LISTS if data.get(k)},
            attributes={
                str(k): frozenset(str(v) for v in _values(values, f"attributes.{k}"))
                for k, values in raw.items()
                if values
            },
        )

    def matches(self, candidate: Candidate) -> bool:
        return (
            (not self.units or bool(self.units & candidate.lineage))
            and (not self.customers or candidate.id in self.customers)
            and all(candidate.fact(LISTS[k]) in values for k, values in self.lists.items())
            and all(candidate.fact(f"attributes.{k}") in values for k, values in self.attributes.items())
        )


def _values(value: Any, where: str) -> list[Any]:
    if value in (None, ""):
        return []
    if not isinstance(value, list) or not all(isinstance(v, str | int | float) for v in value):
        raise AudienceError(where, "list")
    return value


@dataclass(frozen=True, slots=True)
class Verdict:
    """Either `contact` to write to, or the `reason` why not."""

    contact: Reach | None
    reason: str = ""


def judge(candidate: Candidate, audience: Audience, *, asked_since: datetime | None) -> Verdict:
    """Whether a customer may be asked. The first reason that holds is the one kept.

    `asked_since`: whoever of the customer was invited at or after this moment makes the whole customer rest
    (None: nobody rests). Another contact of the same customer is written to when the first opted out or
    bounced.
    """
    if not candidate.active:
        return Verdict(None, INACTIVE)
    if not audience.matches(candidate):
        return Verdict(None, NOT_IN_AUDIENCE)
    reachable = [c for c in candidate.contacts if c.email]
    if not reachable:
        return Verdict(None, NO_ADDRESS)
    willing = [c for c in reachable if not c.opted_out]
    if not willing:
        return Verdict(None, OPTED_OUT)
    working = [c for c in willing if not c.bounced]
    if not working:
        return Verdict(None, BOUNCED)
    if asked_since is not None and any(
        c.last_invited_at is not None and c.last_invited_at >= asked_since for c in candidate.contacts
    ):
        return Verdict(None, FATIGUE)
    return Verdict(working[0])
