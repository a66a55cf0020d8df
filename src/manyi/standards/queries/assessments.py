"""Self-assessments somebody may read, their results once they have ended, and what was weak in them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q, QuerySet

from manyi.people.models import OrgUnit, User
from manyi.scope import Scope
from manyi.standards import assessment as rules
from manyi.standards.assessment import CategoryResult, Result
from manyi.standards.models import AssessmentRater, SelfAssessment

RIGHT = "standards.read"


def assessments(scope: Scope) -> QuerySet[SelfAssessment]:
    """Newest first, with `invited` and `submitted` counts."""
    rows: QuerySet[SelfAssessment] = scope.limit(SelfAssessment.objects.select_related("unit"), RIGHT)
    return rows.annotate(
        invited=Count("raters"), submitted=Count("raters", filter=Q(raters__submitted_at__isnull=False))
    ).order_by("-opened_at", "-pk")


def my_sheets(scope: Scope) -> QuerySet[AssessmentRater]:
    """Sheets of the reader, also of rounds of units that they may not read."""
    return (
        AssessmentRater.objects.filter(user=scope.user_id)
        .select_related("assessment", "assessment__unit", "user")
        .order_by("assessment__closes_on", "pk")
    )


def waiting_sheets(scope: Scope, today: date) -> QuerySet[AssessmentRater]:
    """Those that the reader has still to submit."""
    return my_sheets(scope).filter(
        submitted_at=None, assessment__closed_at=None, assessment__closes_on__gte=today
    )


def candidates(unit: OrgUnit) -> QuerySet[User]:
    """Who may be invited: active people with a role at the unit, above it or below it."""
    found = User.objects.filter(is_active=True)
    near = Q(memberships__unit__in=unit.lineage_ids) | Q(memberships__unit__path__startswith=unit.path)
    return found.filter(near).distinct().order_by("name", "username")


def result(assessment: SelfAssessment, today: date) -> Result | None:
    """What the sheets say, once the round has ended; None before, or below the fewest raters.

    A running result would give away the next sheet that is submitted.
    """
    if assessment.is_open(today):
        return None
    sheets = assessment.raters.exclude(submitted_at=None).order_by("role").values_list("role", "ratings")
    return rules.result(list(sheets), assessment.targets)


def role_counts(assessment: SelfAssessment) -> list[tuple[str, int, int]]:
    """Role, invited and submitted, in the order of the roles."""
    invited = Counter[str](assessment.raters.values_list("role", flat=True))
    submitted = Counter[str](assessment.raters.exclude(submitted_at=None).values_list("role", flat=True))
    return [
        (str(role.label), invited[role], submitted[role]) for role in AssessmentRater.Role if invited[role]
    ]


def comments(assessment: SelfAssessment, today: date) -> list[tuple[rules.Category, list[str]]]:
    """Comments by category in alphabetical order, so that none tells whose it is; nothing where there is no result."""
    if result(assessment, today) is None:
        return []
    given = list(assessment.raters.exclude(submitted_at=None).values_list("comments", flat=True))
    return [
        (category, found)
        for category in rules.CATEGORIES
        if (found := sorted(sheet[category.code] for sheet in given if sheet.get(category.code)))
    ]


@dataclass(frozen=True, slots=True)
class Past:
    """An earlier round of the same unit, or this one, with its result."""

    assessment: SelfAssessment
    result: Result


def history(scope: Scope, assessment: SelfAssessment, today: date) -> list[Past]:
    """This round and those of the same unit before it that have a result, the oldest first."""
    rows = assessments(scope).filter(unit=assessment.unit_id, opened_at__lte=assessment.opened_at)
    found = [(row, result(row, today)) for row in reversed(rows[:8])]
    return [Past(row, known) for row, known in found if known is not None]


@dataclass(frozen=True, slots=True)
class Weak:
    """A category below its target, as a finding needs it."""

    key: str
    assessment: SelfAssessment
    result: Result
    category: CategoryResult


def weak_category(scope: Scope, key: str, today: date) -> Weak | None:
    """What the button of a weak category stands for; `key` is '<id of the round>:<code of the category>'. None where
    there is none, or it is out of sight.
    """
    number, _colon, code = key.partition(":")
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return None
    row = assessments(scope).filter(pk=int(number)).first()
    known = result(row, today) if row else None
    if row is None or known is None:
        return None
    found = next((c for c in known.weak() if c.category.code == code), None)
    return Weak(key, row, known, found) if found else None
