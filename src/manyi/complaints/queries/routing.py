"""Routing rules as values, who is there, and what the rules would have done."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery

from manyi.complaints import routing
from manyi.complaints.lifecycle import State
from manyi.complaints.models import Complaint, Routing, RoutingRule, Skill
from manyi.complaints.queries import cases
from manyi.people.models import Membership, OrgUnit, User
from manyi.people.rights import Role
from manyi.scope import Scope

#: Whoever takes complaints every day; managers get one only when a rule names them.
_EVERY_DAY = [Role.AGENT, Role.HANDLER]
#: Most complaints a dry run looks at.
MOST = 2000


def rules(scope: Scope) -> QuerySet[RoutingRule]:
    """In order, for those who set rules: those of the whole organisation, of their units and of the units above,
    since all of these decide about their complaints; not those of other branches.
    """
    rows = RoutingRule.objects.select_related("category", "unit", "to_unit", "to_user")
    if not scope.may("complaints.manage"):
        return rows.none()
    units = scope.lineage_for("complaints.manage")
    return rows if units is None else rows.filter(Q(unit=None) | Q(unit__in=units))


def rule_of(row: RoutingRule) -> routing.Rule:
    return routing.Rule(
        id=row.pk or 0,
        way=row.way,
        to_unit=row.to_unit_id,
        to_user=row.to_user_id,
        skill=row.skill,
        category=row.category_id,
        product=row.product,
        unit=row.unit_id,
        severity=row.severity,
        channel=row.channel,
    )


def case_of(row: Complaint) -> routing.Case:
    category = row.category
    return routing.Case(
        id=row.pk,
        categories=frozenset(c for c in (category.pk, category.parent_id) if c) if category else frozenset(),
        product=row.product,
        units=frozenset(row.unit.lineage_ids),
        severity=row.severity,
        channel=row.channel,
    )


def staff(found: Iterable[RoutingRule], *, loads: bool = True) -> routing.Staff:
    """The people of the units the rules give to: who can sign in and has an everyday role at the unit or below;
    and who of the people named by a rule can sign in.
    """
    found = list(found)
    units = {row.to_unit_id: row.to_unit for row in found}
    named = {row.to_user_id for row in found if row.to_user_id}
    skills: dict[int, set[str]] = {}
    for user_id, tag in Skill.objects.values_list("user_id", "tag"):
        skills.setdefault(user_id, set()).add(tag)
    people: dict[int, list[routing.Person]] = {}
    for unit in units.values():
        rows = Membership.objects.filter(
            user__is_active=True, role__in=_EVERY_DAY, unit__path__startswith=unit.path
        )
        ids = set(rows.values_list("user_id", flat=True))
        people[unit.pk] = [routing.Person(pk, frozenset(skills.get(pk, ()))) for pk in sorted(ids)]
    present = frozenset(User.objects.filter(pk__in=named, is_active=True).values_list("pk", flat=True))
    everybody = {p.id for group in people.values() for p in group}
    load: dict[int, int] = {}
    if loads:
        rows_ = Complaint.objects.filter(handler__in=everybody, state__in=[State.RECEIVED, State.WORKING])
        load = dict(rows_.order_by().values_list("handler").annotate(n=Count("pk")))
    latest = Routing.objects.filter(rule=OuterRef("pk")).order_by("-at", "-pk").values("user")[:1]
    last = RoutingRule.objects.filter(pk__in=[row.pk for row in found]).annotate(last_user=Subquery(latest))
    turns = {row.pk: row.last_user for row in last if row.last_user}
    return routing.Staff(people, load, turns, present)


@dataclass(frozen=True)
class Trial:
    """What the rules would have done with one complaint; `rule` None: none holds, it stays where it came in."""

    complaint: Complaint
    rule: RoutingRule | None
    unit: OrgUnit | None
    user: User | None
    changed: bool


def dry_run(
    scope: Scope, found: Sequence[RoutingRule], *, since: datetime, until: datetime
) -> tuple[list[Trial], int]:
    """What these rules (stored or not yet) would have done with the complaints the reader sees that came in from
    `since` to `until`, in that order; at most MOST. Stores nothing. Also how many complaints there were.

    The load of people is taken as none at the start, so that the period is spread by itself.
    """
    rows = cases.visible(scope).filter(received_at__gte=since, received_at__lt=until)
    total = rows.count()
    # A rule that is not stored yet has no id; its place in the order stands for it.
    by_id = {-number: row for number, row in enumerate(found, start=1)}
    values = [replace(rule_of(row), id=number) for number, row in by_id.items()]
    here = staff(found, loads=False)
    trials = []
    users = {
        u.pk: u
        for u in User.objects.filter(pk__in=here.present.union(p.id for g in here.people.values() for p in g))
    }
    for complaint in rows.select_related("category").order_by("received_at", "pk")[:MOST]:
        decision = routing.decide(values, case_of(complaint), here)
        if decision is None:
            trials.append(Trial(complaint, None, None, None, changed=False))
            continue
        rule = by_id[decision.rule]
        user = users.get(decision.user) if decision.user else None
        same = (complaint.handler_unit_id, complaint.handler_id) == (rule.to_unit_id, decision.user)
        trials.append(Trial(complaint, rule, rule.to_unit, user, changed=not same))
    return trials, total


def suggestion(complaint: Complaint) -> Routing | None:
    """The work order a rule proposes, while nobody has answered to it."""
    found = Routing.objects.filter(
        complaint=complaint, effect=RoutingRule.Effect.PROPOSE, answered_at=None
    ).select_related("unit", "user", "rule")
    return found.first()


def skills(scope: Scope) -> QuerySet[Skill]:
    """What the people of the reader's units are good at."""
    rows = Skill.objects.select_related("user").order_by("tag", "user__name")
    people = scope.limit(Membership.objects.all(), "complaints.manage").values("user")
    return rows.filter(user__in=people)
