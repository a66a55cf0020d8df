"""Routing rules are set, and applied to complaints as they come in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from manyi.complaints import routing
from manyi.complaints.lifecycle import State
from manyi.complaints.models import CaseRole, Channel, Complaint, Routing, RoutingRule, Skill, WorkOrder
from manyi.complaints.queries import roles
from manyi.complaints.queries import routing as queries
from manyi.complaints.services import cases, work_orders
from manyi.people.models import OrgUnit, User
from manyi.scope import Scope
from manyi.web.errors import Refused

MOST_RULES = 100


def require_manage(scope: Scope, rule: RoutingRule) -> None:
    """Rules decide for the whole organisation, or for the unit at which the complaint is received."""
    top = OrgUnit.objects.filter(parent=None).values_list("pk", flat=True).first()
    scope.require("complaints.manage", rule.unit_id or top)


def missing(
    *, way: str, to_user: User | str | None, skill: str, effect: str, instruction: str
) -> dict[str, str]:
    """What a rule's way and effect need and have not: field → message."""
    wrong = {}
    if way == RoutingRule.Way.PERSON and not to_user:
        wrong["to_user"] = _("Name the person.")
    if way == RoutingRule.Way.SKILL and not skill.strip():
        wrong["skill"] = _("Name the skill.")
    if effect == RoutingRule.Effect.PROPOSE and not instruction.strip():
        wrong["instruction"] = _("Say what is to be done.")
    return wrong


@transaction.atomic
def save_rule(scope: Scope, *, rule: RoutingRule) -> RoutingRule:
    """Store a new or changed rule; a new one goes last. Raises ValidationError naming the field, NotAllowed."""
    require_manage(scope, rule)
    if rule.pk:
        require_manage(scope, RoutingRule.objects.get(pk=rule.pk))
    else:
        if RoutingRule.objects.count() >= MOST_RULES:
            raise Refused(_("There are %(most)s rules already; delete some first.") % {"most": MOST_RULES})
        last = RoutingRule.objects.order_by("-position").first()
        rule.position = (last.position if last else 0) + 1
    wrong = missing(
        way=rule.way, to_user=rule.to_user, skill=rule.skill, effect=rule.effect, instruction=rule.instruction
    )
    if wrong:
        raise ValidationError({field: [message] for field, message in wrong.items()})
    person = rule.to_user if rule.way == RoutingRule.Way.PERSON else None
    if person is not None and not roles.workers(rule.to_unit).filter(pk=person.pk).exists():
        text = _("%(person)s does not work on complaints of “%(unit)s”.")
        raise ValidationError({"to_user": text % {"person": person.get_full_name(), "unit": rule.to_unit}})
    rule.full_clean()
    rule.save()
    return rule


@transaction.atomic
def order_rules(scope: Scope, *, ids: Sequence[int]) -> None:
    """Put these rules in this order, in the places they have together; all others stay where they are."""
    rows = list(RoutingRule.objects.all())
    by_id = {row.pk: row for row in rows}
    wanted = iter([by_id[pk] for pk in ids if pk in by_id])
    ordered = [next(wanted) if row.pk in ids else row for row in rows]
    for number, (row, before) in enumerate(zip(ordered, rows, strict=True), start=1):
        if row is not before:
            require_manage(scope, row)
        if row.position != number:
            row.position = number
            row.save(update_fields=["position"])


@transaction.atomic
def delete_rule(scope: Scope, *, rule: RoutingRule) -> None:
    require_manage(scope, rule)
    rule.delete()


@transaction.atomic
def set_skills(scope: Scope, *, user: User, tags: Sequence[str]) -> None:
    """Replace what a person is good at. Needs the right at each unit the person has a role at."""
    for unit_id in user.memberships.values_list("unit_id", flat=True):
        scope.require("complaints.manage", unit_id)
    wanted = {tag.strip()[:40] for tag in tags if tag.strip()}
    user.skills.exclude(tag__in=wanted).delete()  # type: ignore[attr-defined]
    Skill.objects.bulk_create([Skill(user=user, tag=tag) for tag in sorted(wanted)], ignore_conflicts=True)


@transaction.atomic
def apply(scope: Scope, *, complaint: Complaint, at: datetime) -> Routing | None:
    """Let the rules decide about a new complaint, once: what they decided before is returned.

    A complaint somebody has begun to work on, or that came from another system, is left where it is.
    """
    known: Routing | None = Routing.objects.filter(complaint=complaint).first()
    if known is not None:
        return known
    if complaint.state != State.RECEIVED or complaint.channel == Channel.IMPORT:
        return None
    rows = list(RoutingRule.objects.filter(active=True).select_related("to_unit"))
    if not rows:
        return None
    decision = routing.decide(
        [queries.rule_of(r) for r in rows], queries.case_of(complaint), queries.staff(rows)
    )
    if decision is None:
        return None
    rule = next(r for r in rows if r.pk == decision.rule)
    user = User.objects.get(pk=decision.user) if decision.user else None
    made, fresh = Routing.objects.get_or_create(
        complaint=complaint,
        defaults={
            "rule": rule, "effect": rule.effect, "instruction": rule.instruction, "unit": rule.to_unit,
            "user": user, "at": at,
        },
    )  # fmt: skip
    if not fresh:
        return made
    cases.note_change(scope, complaint, "routed", at=at, detail=rule.name)
    present = (complaint.handler_unit_id, complaint.handler_id)
    if rule.effect == RoutingRule.Effect.HANDLER and present != (rule.to_unit_id, decision.user):
        cases.assign(
            scope, complaint=complaint, role=CaseRole.HANDLER, unit=rule.to_unit, user=user, at=at, reason=rule.name
        )  # fmt: skip
    return made


def _answer(row: Routing, at: datetime) -> None:
    if not Routing.objects.filter(pk=row.pk, answered_at=None).update(answered_at=at):
        raise Refused(_("Somebody has answered to this proposal already."))


@transaction.atomic
def take_up(
    scope: Scope, *, suggestion: Routing, at: datetime, due_at: datetime | None = None, **changes: Any
) -> WorkOrder:
    """Send the work order a rule proposes."""
    _answer(suggestion, at)
    values = {
        "unit": suggestion.unit,
        "user": suggestion.user,
        "instruction": suggestion.instruction,
    } | changes
    return work_orders.send(scope, complaint=suggestion.complaint, at=at, due_at=due_at, **values)


@transaction.atomic
def let_go(scope: Scope, *, suggestion: Routing, at: datetime) -> None:
    """Do without the work order a rule proposes."""
    cases.require_work_on(scope, suggestion.complaint, "complaints.dispatch")
    _answer(suggestion, at)
