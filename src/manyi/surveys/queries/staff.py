"""Reading staff surveys: who may see them, and how far they are. Of answers there is nothing to read here."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from manyi.people.models import OrgUnit
from manyi.people.services import organisation
from manyi.scope import Scope
from manyi.surveys.models import QuestionnaireVersion, StaffSurvey

READ = "waves.read"
RUN = "waves.run"


def staff_surveys(scope: Scope) -> QuerySet[StaffSurvey]:
    """Surveys of the reader's units and of those above them, newest first."""
    scope.require(READ)
    rows = StaffSurvey.objects.select_related("unit", "questionnaire_version__questionnaire").order_by(
        "-created_at", "-pk"
    )
    seen = scope.lineage_for(READ)
    return rows if seen is None else rows.filter(unit_id__in=seen)


def staff_survey(scope: Scope, code: str) -> StaffSurvey:
    """:raises StaffSurvey.DoesNotExist: also for one the reader may not see."""
    return staff_surveys(scope).get(code=code)


@dataclass(frozen=True, slots=True)
class Progress:
    """Slips altogether, given out, and answered; `answered` is None below the smallest group shown."""

    slips: int
    given: int
    answered: int | None


@dataclass(frozen=True, slots=True)
class UnitSlips:
    """Slips of one org unit. How many of them were answered is told of all units together only."""

    unit: OrgUnit
    slips: int
    given: int


def progress(survey: StaffSurvey) -> Progress:
    found = survey.slips.aggregate(
        slips=Count("pk"), given=Count("pk", filter=Q(digest__isnull=False)), answered=Count("pk", filter=Q(spent=True))
    )  # fmt: skip
    answered = found["answered"]
    few = 0 < answered < organisation().anonymity_minimum
    return Progress(found["slips"], found["given"], None if few else answered)


def by_unit(scope: Scope, survey: StaffSurvey) -> list[UnitSlips]:
    """The reader's units in tree order; of a draft, the slips that opening will make."""
    given = dict(
        survey.slips.filter(digest__isnull=False).values_list("unit_id").annotate(n=Count("pk")).order_by()
    )
    units = scope.limit(OrgUnit.objects.filter(pk__in=survey.headcounts).order_by("path"), READ, field="pk")
    return [UnitSlips(unit, survey.headcounts[str(unit.pk)], given.get(unit.pk, 0)) for unit in units]


def questionnaires(scope: Scope) -> QuerySet[QuestionnaireVersion]:
    """Published versions, newest first. Those made for staff come out of the same list."""
    scope.require(RUN)
    return (
        QuestionnaireVersion.objects.filter(state="published")
        .select_related("questionnaire", "tree_version__tree")
        .order_by("questionnaire__code", "-number")
    )
