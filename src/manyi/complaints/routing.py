"""Who gets a new complaint, by ordered rules. Pure: the same function routes for real and in the dry run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Case:
    """What rules look at. `categories` are the id of its category and of that one's parent, `units` the ids of
    the receiving unit and all above it.
    """

    id: int
    categories: frozenset[int] = frozenset()
    product: str = ""
    units: frozenset[int] = frozenset()
    severity: str = ""
    channel: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """None and '' are conditions that always hold. `way` is one of RoutingRule.Way."""

    id: int
    way: str
    to_unit: int
    to_user: int | None = None
    skill: str = ""
    category: int | None = None
    product: str = ""
    unit: int | None = None
    severity: str = ""
    channel: str = ""

    def holds(self, case: Case) -> bool:
        return (
            (self.category is None or self.category in case.categories)
            and (not self.product or self.product.casefold() in case.product.casefold())
            and (self.unit is None or self.unit in case.units)
            and self.severity in ("", case.severity)
            and self.channel in ("", case.channel)
        )


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is there (can sign in) and works for a unit."""

    id: int
    skills: frozenset[str] = frozenset()


@dataclass(slots=True)
class Staff:
    """Who works for which unit, how much each has in hand, and whose turn it was last by rule; `present` are
    those of the people rules name who can sign in.

    `decide` counts what it gives away, so that a dry run over many complaints spreads them as real life would.
    """

    people: Mapping[int, Sequence[Person]]
    load: dict[int, int] = field(default_factory=dict)
    last: dict[int, int] = field(default_factory=dict)
    present: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Decision:
    """`user` is None where the unit as such gets it."""

    rule: int
    unit: int
    user: int | None


def decide(rules: Sequence[Rule], case: Case, staff: Staff) -> Decision | None:
    """The first rule that holds and has somebody to give it to; None when there is none.

    People who are not there are passed over: a rule for one person who is absent, or for a skill nobody present
    has, leaves the complaint to the next rule.
    """
    for rule in rules:
        if not rule.holds(case):
            continue
        if rule.way == "unit":
            return Decision(rule.id, rule.to_unit, None)
        user = _person(rule, staff)
        if user is not None:
            staff.load[user] = staff.load.get(user, 0) + 1
            staff.last[rule.id] = user
            return Decision(rule.id, rule.to_unit, user)
    return None


def _person(rule: Rule, staff: Staff) -> int | None:
    if rule.way == "person":
        return rule.to_user if rule.to_user in staff.present else None
    here = staff.people.get(rule.to_unit, ())
    if rule.way == "skill":
        here = [p for p in here if rule.skill.casefold() in {s.casefold() for s in p.skills}]
    ids = sorted(p.id for p in here)
    if not ids:
        return None
    if rule.way == "turn":
        last = staff.last.get(rule.id, 0)
        return next((i for i in ids if i > last), ids[0])
    return min(ids, key=lambda i: (staff.load.get(i, 0), i))
