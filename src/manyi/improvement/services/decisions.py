"""Deciding what to do: criteria and their weights, options, everybody's own ratings, and the choice."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from manyi.events import catalogue
from manyi.events.services import publish
from manyi.improvement.matrix import WHOLE, standings
from manyi.improvement.models import Criterion, Decision, Finding, Option, Rating
from manyi.improvement.models.decisions import HIGHEST, LOWEST
from manyi.people.models import OrgUnit
from manyi.scope import Scope
from manyi.web.errors import Refused

SWOT = ("strengths", "weaknesses", "opportunities", "threats")


def _open(decision: Decision) -> Decision:
    """The row, locked. Raises Refused once decided."""
    row = Decision.objects.select_for_update().get(pk=decision.pk)
    if row.decided_at is not None:
        raise Refused(_("This has been decided; it stays as it was decided on. Ask a new question instead."))
    return row


@transaction.atomic
def ask(
    scope: Scope,
    *,
    unit: OrgUnit,
    question: str,
    criteria: Sequence[tuple[str, int]],
    options: Sequence[Mapping[str, Any]],
    at: datetime,
) -> Decision:
    """A new decision. `criteria` are (name, whole percentage) that sum to 100; each option has `name` and may
    have `effort` (1–5), `expected_gain` (points of the index) and `finding`.

    :raises Refused: when weights do not sum to 100, or there are fewer than two options or one criterion.
    """
    scope.require("improvement.edit", unit.pk)
    total = sum(weight for _name, weight in criteria)
    if not criteria or total != WHOLE:
        raise Refused(_("The weights sum to %(total)s; they must sum to 100.") % {"total": total})
    if len(options) < 2:
        raise Refused(_("A decision needs at least two options to choose from."))
    row = Decision(unit=unit, question=question.strip(), created_by_id=scope.user_id, created_at=at)
    row.full_clean(exclude=["outcome"])
    row.save()
    for name, weight in criteria:
        criterion = Criterion(decision=row, name=name.strip(), weight=weight)
        criterion.full_clean()
        criterion.save()
    for given in options:
        option = Option(
            decision=row, name=str(given["name"]).strip(), effort=given.get("effort", 3),
            expected_gain=given.get("expected_gain"), finding=given.get("finding"),
        )  # fmt: skip
        option.full_clean()
        option.save()
    return row


@transaction.atomic
def rate(scope: Scope, *, decision: Decision, ratings: Mapping[tuple[int, int], int], at: datetime) -> None:
    """Somebody's own ratings, (option id, criterion id) → 1–5; giving them again replaces them. Others'
    ratings are not shown before one has rated, so that nobody follows the first (each scores apart).
    """
    scope.require("improvement.edit", decision.unit_id)
    if scope.user_id is None:
        raise TypeError("ratings are a person's own")
    _open(decision)
    options = set(decision.options.values_list("pk", flat=True))
    criteria = set(decision.criteria.values_list("pk", flat=True))
    for (option, criterion), value in ratings.items():
        if option not in options or criterion not in criteria or not LOWEST <= value <= HIGHEST:
            raise Refused(_("Every rating must be a whole number from 1 to 5."))
    for (option, criterion), value in ratings.items():
        Rating.objects.update_or_create(
            option_id=option, criterion_id=criterion, user_id=scope.user_id, defaults={"value": value}
        )


@transaction.atomic
def note_swot(scope: Scope, *, decision: Decision, texts: Mapping[str, str], at: datetime) -> None:
    """The SWOT board: a text for each of SWOT."""
    scope.require("improvement.edit", decision.unit_id)
    row = _open(decision)
    for name in SWOT:
        setattr(row, name, texts.get(name, "").strip())
    row.save(update_fields=list(SWOT))


@transaction.atomic
def decide(scope: Scope, *, decision: Decision, option: Option, reason: str, at: datetime) -> None:
    """Choose an option and freeze the matrix as it stands. Choosing another than the best needs a reason.

    :raises Refused: when nobody rated it in full, or a reason is missing.
    """
    scope.require("improvement.decide", decision.unit_id)
    row = _open(decision)
    found = matrix(row)
    best = found[0]
    if best.score is None:
        raise Refused(_("Nobody has rated the options in full yet."))
    if option.pk != best.option and not reason.strip():
        raise Refused(_("You choose another option than the best rated one: say why."))
    names = {o.pk: o.name for o in row.options.all()}
    row.outcome = {
        "criteria": [{"name": c.name, "weight": c.weight} for c in row.criteria.all()],
        "options": [
            {"name": names[s.option], "score": s.score, "spread": s.spread, "raters": s.raters} for s in found
        ],
        "chosen": option.name,
    }
    row.reason, row.decided_by_id, row.decided_at = reason.strip(), scope.user_id, at
    row.save(update_fields=["outcome", "reason", "decided_by", "decided_at"])
    Option.objects.filter(pk=option.pk, decision=row).update(chosen=True)
    publish(
        scope,
        catalogue.DecisionTaken(subject_id=str(row.pk), unit_id=row.unit_id, option_id=option.pk),
        at=at,
    )


def matrix(decision: Decision) -> list[Any]:
    """The standings of the options, the best first (see `improvement.matrix`)."""
    weights = {c.pk: c.weight for c in decision.criteria.all()}
    options = [o.pk for o in decision.options.all()]
    rows = Rating.objects.filter(option__decision=decision).values_list(
        "option", "criterion", "user", "value"
    )
    return standings(weights, options, {(o, c, u): v for o, c, u, v in rows})


def options_of(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Options that come from findings: what is weak, with the gain their evidence promises."""
    return [
        {"name": f.title[:200], "finding": f, "expected_gain": f.evidence.get("expected_gain")}
        for f in findings
    ]
