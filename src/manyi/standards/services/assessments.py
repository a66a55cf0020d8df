"""Self-assessment: opening a round, inviting raters, filling one's own sheet, submitting it, closing the round."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from manyi.events import catalogue
from manyi.events.services import publish
from manyi.messaging.services import queue_mails, withdraw_mails
from manyi.people.models import OrgUnit, User
from manyi.scope import NotAllowed, Scope
from manyi.standards import assessment as rules
from manyi.standards import letters_assessments as letters
from manyi.standards.models import AssessmentRater, SelfAssessment
from manyi.standards.queries.assessments import candidates
from manyi.web.errors import Refused
from manyi.web.templatetags.web import localised

LONGEST_COMMENT = 2000
LONGEST_ROUND = timedelta(days=366)


def _publish(scope: Scope, assessment: SelfAssessment, change: str, at: datetime) -> None:
    publish(
        scope,
        catalogue.SelfAssessmentChanged(
            subject_id=str(assessment.pk), unit_id=assessment.unit_id, change=change
        ),
        at=at,
    )


def _today(at: datetime) -> date:
    return timezone.localtime(at).date()


def _locked(assessment: SelfAssessment, at: datetime) -> SelfAssessment:
    """The row, locked. Raises Refused for a round that has ended."""
    row = SelfAssessment.objects.select_for_update().get(pk=assessment.pk)
    if not row.is_open(_today(at)):
        raise Refused(_("This round has ended; its sheets stay as they are. Open a new round instead."))
    return row


@transaction.atomic
def open_assessment(
    scope: Scope,
    *,
    unit: OrgUnit,
    name: Mapping[str, str],
    closes_on: date,
    targets: Mapping[str, int],
    at: datetime,
) -> SelfAssessment:
    """A new round. `targets` maps a category to its wanted percentage, 20–100; the usual one where it is missing.

    :raises Refused: for a name that is empty, a last day that is past or over a year ahead, or a wrong target.
    """
    scope.require("standards.edit", unit.pk)
    texts = {
        language: name[language].strip()[:100] for language in ("zh", "en") if name.get(language, "").strip()
    }
    if not texts:
        raise Refused(_("Give the round a name."))
    today = _today(at)
    if not today <= closes_on <= today + LONGEST_ROUND:
        raise Refused(_("The last day must be between today and a year from now."))
    wrong = [code for code, value in targets.items() if code not in rules.BY_CODE or not 20 <= value <= 100]
    if wrong:
        raise Refused(
            _("“%(category)s” has no valid target: it must be a percentage from 20 to 100.")
            % {"category": wrong[0]}
        )
    row = SelfAssessment.objects.create(
        unit=unit,
        name=texts,
        targets={code: targets.get(code, rules.TARGET) for code in rules.BY_CODE},
        opened_at=at,
        opened_by_id=scope.user_id,
        closes_on=closes_on,
    )
    _publish(scope, row, "opened", at)
    return row


@transaction.atomic
def invite(
    scope: Scope, *, assessment: SelfAssessment, people: Iterable[User], role: str, at: datetime
) -> int:
    """Invite people to rate in a role; each gets a mail, once. Who was invited before and has not submitted gets
    the new role. Returns how many are new.

    :raises Refused: for a round that has ended, an unknown role, or people who do not belong to the unit.
    """
    scope.require("standards.edit", assessment.unit_id)
    row = _locked(assessment, at)
    if role not in AssessmentRater.Role.values:
        raise Refused(_("“%(role)s” is no role of a rater.") % {"role": role[:20]})
    chosen = {user.pk: user for user in people}
    near = set(candidates(row.unit).filter(pk__in=chosen).values_list("pk", flat=True))
    strangers = [user.get_full_name() for pk, user in chosen.items() if pk not in near]
    if strangers:
        raise Refused(_("%(person)s does not belong to this org unit.") % {"person": strangers[0]})
    present = {rater.user_id: rater for rater in row.raters.all()}
    new = [
        AssessmentRater.objects.create(assessment=row, user=user, role=role, invited_at=at)
        for pk, user in chosen.items()
        if pk not in present
    ]
    row.raters.filter(user__in=chosen, submitted_at=None).update(role=role)
    if new:
        queue_mails(scope, mails=[letters.invitation(r) for r in new if r.user.email], not_before=at, at=at)
        _publish(scope, row, "invited", at)
    return len(new)


@transaction.atomic
def uninvite(scope: Scope, *, rater: AssessmentRater, at: datetime) -> None:
    """Take an invitation back. Raises Refused once the sheet is submitted."""
    scope.require("standards.edit", rater.assessment.unit_id)
    row = _locked(rater.assessment, at)
    found = AssessmentRater.objects.select_for_update().get(pk=rater.pk)
    if found.submitted_at is not None:
        raise Refused(_("This sheet has been submitted; it counts."))
    withdraw_mails(scope, references=[letters.reference(found)])
    found.delete()
    _publish(scope, row, "uninvited", at)


def _own(scope: Scope, rater: AssessmentRater, at: datetime) -> AssessmentRater:
    """The rater's own sheet, locked. Being invited is the right to fill it; nobody else may, whatever their rights."""
    if scope.user_id is None or rater.user_id != scope.user_id:
        raise NotAllowed("standards.rate")
    _locked(rater.assessment, at)
    row = AssessmentRater.objects.select_for_update().get(pk=rater.pk)
    if row.submitted_at is not None:
        raise Refused(_("You have submitted this sheet; it stays as it is."))
    return row


@transaction.atomic
def save_sheet(
    scope: Scope,
    *,
    rater: AssessmentRater,
    ratings: Mapping[str, int],
    comments: Mapping[str, str],
    at: datetime,
) -> AssessmentRater:
    """Keep what is given so far; what is not named stays. An empty comment removes it.

    :raises Refused: for a rating that is no whole number from 1 to 5, or an unknown statement or category.
    """
    row = _own(scope, rater, at)
    wrong = rules.faults(ratings) + [code for code in comments if code not in rules.BY_CODE]
    if wrong:
        raise Refused(
            _("“%(code)s”: every rating must be a whole number from 1 to 5, of a statement there is.")
            % {"code": wrong[0][:40]}
        )
    row.ratings = {**row.ratings, **ratings}
    given = {**row.comments, **{code: text.strip()[:LONGEST_COMMENT] for code, text in comments.items()}}
    row.comments = {code: text for code, text in given.items() if text}
    row.save(update_fields=["ratings", "comments"])
    return row


@transaction.atomic
def submit(scope: Scope, *, rater: AssessmentRater, at: datetime) -> None:
    """Hand the sheet in; it cannot be changed afterwards.

    :raises Refused: while statements are unanswered, naming the first.
    """
    row = _own(scope, rater, at)
    missing = rules.unanswered(row.ratings)
    if missing:
        raise Refused(
            _("%(count)d statements are not rated yet, the first: “%(statement)s”")
            % {"count": len(missing), "statement": localised(missing[0].text)}
        )
    row.submitted_at = at
    row.save(update_fields=["submitted_at"])
    _publish(scope, row.assessment, "submitted", at)


@transaction.atomic
def close(scope: Scope, *, assessment: SelfAssessment, at: datetime) -> None:
    """End the round now; the result shows. Sheets that are not submitted do not count, and it never opens again."""
    scope.require("standards.edit", assessment.unit_id)
    row = _locked(assessment, at)
    row.closed_at = at
    row.save(update_fields=["closed_at"])
    withdraw_mails(scope, references=[letters.reference(r) for r in row.raters.filter(submitted_at=None)])
    _publish(scope, row, "closed", at)
