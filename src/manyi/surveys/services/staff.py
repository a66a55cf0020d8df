"""Surveys of staff and managers: planned, opened, slips given out, answered, closed.

What keeps an answer apart from its writer
------------------------------------------
A slip carries a random secret whose digest is all that is stored; spending it sets one flag. The answer goes into
a table of its own with a random key, the unit its slip counts for, and nothing else: no slip, no moment, no
language, no length of stay. No event is published and no draft kept. While the survey is open no figure of any
answer is shown; when it closes, the figures are made once for everybody (`surveys.staff_figures`) and the single
answers are deleted. In PostgreSQL each answer rewrites up to DECOYS spent slips of the survey, so that the number
of the transaction in an answer's row points to all of them.
"""

from __future__ import annotations

import hashlib
import json
import random
import secrets
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils.translation import gettext as _

from manyi.events import catalogue
from manyi.events.services import publish
from manyi.measures.tree import Tree
from manyi.messaging.models import OutgoingMail
from manyi.messaging.services import Mail, queue_mails
from manyi.people.models import OrgUnit, User
from manyi.people.queries import subtree
from manyi.people.services import first_moment, organisation
from manyi.scope import Scope
from manyi.surveys import staff_figures, staff_slips
from manyi.surveys.answers import as_posted, check
from manyi.surveys.models import QuestionnaireVersion, StaffAnswer, StaffSlip, StaffSurvey
from manyi.surveys.questionnaire import Form, parse
from manyi.surveys.services.responses import DECOYS, AnswersInvalid, ResponseRefused
from manyi.web.errors import Refused

RUN = "waves.run"
State = StaffSurvey.State
MOST_PEOPLE = 5_000
MOST_IN_A_UNIT = 500
RANDOM = random.SystemRandom()


class StaffSurveyRefused(Refused):
    """A staff survey that cannot be made, opened or closed, or slips that cannot be given out."""


def form_of(survey: StaffSurvey) -> Form:
    return parse(survey.questionnaire_version.definition)


def tree_of(survey: StaffSurvey) -> Tree | None:
    version = survey.questionnaire_version.tree_version
    return Tree.from_dict(version.definition) if version else None


@transaction.atomic
def create_staff_survey(
    scope: Scope,
    *,
    code: str,
    name: Mapping[str, str],
    unit: OrgUnit,
    respondents: str,
    questionnaire_version: QuestionnaireVersion,
    headcounts: Mapping[int, int],
    at: datetime,
    series: str = "",
    closes_at: datetime | None = None,
) -> StaffSurvey:
    """A survey as draft (right `waves.run` at the unit). `headcounts`: id of an org unit at or below `unit` → slips.

    :raises StaffSurveyRefused: what is wrong, in the reader's language.
    """
    scope.require(RUN, unit.pk)
    names = {k: v.strip()[:200] for k, v in name.items() if k in ("zh", "en") and v and v.strip()}
    if not names:
        raise StaffSurveyRefused(_("The survey needs a name."))
    if StaffSurvey.objects.filter(code=code).exists():
        raise StaffSurveyRefused(_("Code “%(code)s” is taken.") % {"code": code})
    if closes_at is not None and closes_at <= at:
        raise StaffSurveyRefused(_("The closing time lies in the past."))
    people = {int(pk): int(count) for pk, count in headcounts.items() if count}
    if set(people) - set(subtree(unit).values_list("pk", flat=True)):
        raise StaffSurveyRefused(_("Slips can only be given out in the survey's own org unit and below it."))
    if (
        any(not 0 < count <= MOST_IN_A_UNIT for count in people.values())
        or sum(people.values()) > MOST_PEOPLE
    ):
        raise StaffSurveyRefused(
            _("At most %(unit)s slips for one unit and %(all)s altogether.")
            % {"unit": MOST_IN_A_UNIT, "all": MOST_PEOPLE}
        )
    survey = StaffSurvey(
        code=code, name=names, series=series, unit=unit, respondents=respondents, owner_id=scope.user_id,
        questionnaire_version=questionnaire_version, closes_at=closes_at, created_at=at,
        headcounts={str(pk): count for pk, count in people.items()},
    )  # fmt: skip
    survey.full_clean(exclude=["headcounts", "figures", "owner", "opened_at", "closed_at"])
    _check_questionnaire(survey)
    _check_people(sum(people.values()))
    survey.save()
    return survey


def _check_people(count: int) -> None:
    minimum = organisation().anonymity_minimum
    if count < minimum:
        raise StaffSurveyRefused(
            _("Fewer than %(minimum)s people cannot be asked anonymously.") % {"minimum": minimum}
        )


def _check_questionnaire(survey: StaffSurvey) -> None:
    version = survey.questionnaire_version
    if not version.published or (version.tree_version is not None and not version.tree_version.published):
        raise StaffSurveyRefused(_("Choose a published questionnaire, and publish its tree too."))
    form, tree = form_of(survey), tree_of(survey)
    wrong = staff_figures.unsuitable(form)
    if wrong:
        raise StaffSurveyRefused(
            _(
                "Question “%(question)s” does not suit an anonymous survey. Only ratings that everybody must"
                " give, without “not applicable” and without a condition, and texts can be asked; choices, dates"
                " and files could mark a person."
            )
            % {"question": wrong}
        )
    columns = form.columns()
    for place in tree.leaves() if tree else ():
        wanted = tree.scale_of(place.node) if tree else None
        question = columns.get(str(place.node.column))
        asked = question.scale if question else None
        if asked is None or wanted is None or (asked.min, asked.max) != (wanted.min, wanted.max):
            raise StaffSurveyRefused(
                _("The tree needs an answer “%(column)s” on its own scale, which the questionnaire does not ask.")
                % {"column": place.node.column}
            )  # fmt: skip


def parents_of(survey: StaffSurvey) -> dict[int, int | None]:
    """The survey's org units, from the top → the unit above each."""
    units = subtree(survey.unit).order_by("path").values_list("pk", "parent_id")
    return {pk: None if pk == survey.unit_id else parent for pk, parent in units}


@transaction.atomic
def delete_staff_draft(scope: Scope, *, survey: StaffSurvey) -> None:
    scope.require(RUN, survey.unit_id)
    if not StaffSurvey.objects.filter(pk=survey.pk, state=State.DRAFT).delete()[0]:
        raise StaffSurveyRefused(_("Only a draft can be deleted."))


@transaction.atomic
def open_staff_survey(scope: Scope, *, survey: StaffSurvey, at: datetime) -> StaffSurvey:
    """Open a draft and make its slips. Which unit each counts for is settled here, once and for all.

    :raises StaffSurveyRefused: when it is no draft, or too few people are to be asked.
    """
    scope.require(RUN, survey.unit_id)
    if not StaffSurvey.objects.filter(pk=survey.pk, state=State.DRAFT).update(state=State.OPEN, opened_at=at):
        raise StaffSurveyRefused(_("“%(code)s” is no draft any more.") % {"code": survey.code})
    survey.refresh_from_db()
    people = {int(pk): count for pk, count in survey.headcounts.items()}
    _check_people(sum(people.values()))
    place = staff_figures.counted_for(people, parents_of(survey), organisation().anonymity_minimum)
    StaffSlip.objects.bulk_create(
        StaffSlip(survey=survey, unit_id=pk, counts_for_id=place[pk])
        for pk, count in people.items()
        for _number in range(count)
    )
    _tell(scope, survey, "opened", sum(people.values()), survey.unit_id, at)
    return survey


def _tell(
    scope: Scope, survey: StaffSurvey, change: str, slips: int, unit_id: int | None, at: datetime
) -> None:
    publish(
        scope,
        catalogue.StaffSurveyChanged(subject_id=str(survey.pk), unit_id=unit_id, change=change, slips=slips),
        at=at,
    )


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _new_secrets(scope: Scope, survey: StaffSurvey, unit: OrgUnit, *, most: int | None = None) -> list[str]:
    """Secrets for slips of the unit that nobody has yet, in random order; at most so many."""
    scope.require(RUN, unit.pk)
    survey = StaffSurvey.objects.select_for_update().get(pk=survey.pk)
    if survey.state != State.OPEN:
        raise StaffSurveyRefused(_("“%(code)s” is not open.") % {"code": survey.code})
    rows = list(survey.slips.filter(unit=unit, digest=None))
    RANDOM.shuffle(rows)
    made = []
    for row in rows[:most]:
        made.append(secrets.token_urlsafe(18))
        row.digest = _digest(made[-1])
    StaffSlip.objects.bulk_update(rows[:most], ["digest"])
    return made


@transaction.atomic
def print_slips(scope: Scope, *, survey: StaffSurvey, unit: OrgUnit, at: datetime) -> list[str]:
    """Secrets of the unit's slips that are not given out yet; they cannot be had a second time.

    While nobody at all has answered, the unit's slips are made anew, those printed or mailed before being void.

    :raises StaffSurveyRefused: when all are given out and somebody has answered: a second set would either let
        people answer twice or show how many of the unit have answered.
    """
    if not survey.slips.filter(spent=True).exists():
        scope.require(RUN, unit.pk)
        survey.slips.filter(unit=unit).update(digest=None)
    made = _new_secrets(scope, survey, unit)
    if not made:
        raise StaffSurveyRefused(
            _("All slips of this unit are given out, and answers have come in: they cannot be printed again.")
        )
    _tell(scope, survey, "printed", len(made), unit.pk, at)
    return made


@transaction.atomic
def mail_slips(scope: Scope, *, survey: StaffSurvey, unit: OrgUnit, at: datetime) -> int:
    """Mail a slip that nobody has yet, drawn at random, to each user with a role at the unit; once to each.

    Returns how many mails are queued. The outbox forgets a mail's text once it has left.
    """
    known = User.objects.filter(memberships__unit=unit, is_active=True).exclude(email="").distinct()
    written_to = set(
        OutgoingMail.objects.filter(reference__in=[_reference(survey, user) for user in known]).values_list(
            "reference", flat=True
        )
    )
    users = [user for user in known if _reference(survey, user) not in written_to]
    made = _new_secrets(scope, survey, unit, most=len(users))
    if len(made) < len(users):
        raise StaffSurveyRefused(_("There are fewer slips left than people to write to."))
    if not users:
        raise StaffSurveyRefused(_("Everybody of this unit who has a user account has been written to."))
    RANDOM.shuffle(users)
    mails = [_mail(survey, user, secret) for user, secret in zip(users, made, strict=True)]
    queue_mails(scope, mails=mails, not_before=first_moment(at), at=at)
    _tell(scope, survey, "mailed", len(mails), unit.pk, at)
    return len(mails)


def _reference(survey: StaffSurvey, user: User) -> str:
    return f"staff:{survey.pk}:{user.pk}"


def _mail(survey: StaffSurvey, user: User, secret: str) -> Mail:
    rules = organisation()
    subject, text = staff_slips.letter(
        survey, secret, organisation=rules.name, minimum=rules.anonymity_minimum, language=user.language[:2]
    )
    return Mail(reference=_reference(survey, user), to=user.email, subject=subject, text=text)


def slip_of(secret: str) -> StaffSlip | None:
    """The slip of this secret, for whoever holds it."""
    rows = StaffSlip.objects.select_related("survey__questionnaire_version", "survey__unit")
    return rows.filter(digest=_digest(secret)).first()


def refusal(slip: StaffSlip, at: datetime) -> str | None:
    """Why no answer can be taken now, as a key of `responses.REFUSALS`."""
    survey = slip.survey
    if slip.spent:
        return "already_answered"
    if survey.state != State.OPEN or (survey.closes_at is not None and survey.closes_at <= at):
        return "closed"
    return None


@transaction.atomic
def answer(*, slip: StaffSlip, answers: Mapping[str, Any], at: datetime) -> None:
    """Spend the slip and store the answers, apart from each other.

    :raises ResponseRefused, AnswersInvalid: nothing is stored and the slip stays good.
    """
    reason = refusal(StaffSlip.objects.select_related("survey").get(pk=slip.pk), at)
    if reason:
        raise ResponseRefused(reason)
    form = form_of(slip.survey)
    checked = check(form, as_posted(form, answers))
    if checked.problems:
        raise AnswersInvalid(checked.problems)
    # The lock keeps closing and answering apart: an answer after the figures would be lost.
    if not StaffSurvey.objects.select_for_update().filter(pk=slip.survey_id, state=State.OPEN).exists():
        raise ResponseRefused("closed")
    if not StaffSlip.objects.filter(pk=slip.pk, spent=False).update(spent=True):
        raise ResponseRefused("already_answered")
    if connection.vendor == "postgresql":
        others = StaffSlip.objects.filter(survey=slip.survey_id, spent=True).order_by("?")
        decoys = list(others.values_list("pk", flat=True)[:DECOYS])
        StaffSlip.objects.filter(pk__in=decoys).update(spent=True)
    StaffAnswer.objects.create(survey_id=slip.survey_id, unit_id=slip.counts_for_id, answers=checked.answers)


@transaction.atomic
def close_staff_survey(scope: Scope, *, survey: StaffSurvey, at: datetime) -> StaffSurvey:
    """Make the figures and delete the single answers. There is no way back, and no second set of figures.

    :raises StaffSurveyRefused: when it is not open.
    """
    scope.require(RUN, survey.unit_id)
    survey = (
        StaffSurvey.objects.select_for_update(of=("self",))
        .select_related("questionnaire_version__tree_version", "unit")
        .get(pk=survey.pk)
    )
    if survey.state != State.OPEN:
        raise StaffSurveyRefused(_("“%(code)s” is not open.") % {"code": survey.code})
    parents = parents_of(survey)
    answers = _answers(survey, parents)
    asked = Counter(survey.slips.values_list("counts_for_id", flat=True))
    figures = staff_figures.figures(
        form_of(survey), tree_of(survey), answers, parents,
        {pk: asked[pk] for pk in parents}, minimum=organisation().anonymity_minimum,
    )  # fmt: skip
    names = dict(OrgUnit.objects.filter(pk__in=parents).values_list("pk", "name"))
    for pk, entry in figures["units"].items():
        entry["name"] = names[int(pk)]
    survey.figures = json.loads(json.dumps(figures))
    survey.state, survey.closed_at = State.CLOSED, at
    survey.save(update_fields=["figures", "state", "closed_at"])
    survey.answers.all().delete()
    _tell(scope, survey, "closed", 0, survey.unit_id, at)
    return survey


def _answers(
    survey: StaffSurvey, parents: Mapping[int, int | None]
) -> Sequence[tuple[int, Mapping[str, Any]]]:
    """An answer for a unit that has left the survey's tree since counts for the whole."""
    return [
        (unit if unit in parents else survey.unit_id, row)
        for unit, row in survey.answers.order_by("pk").values_list("unit_id", "answers")
    ]
