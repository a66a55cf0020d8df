"""The records behind an evidence report: how many there are for a unit and period, and where to find them.

Each is a function of a Review, named in `requirements`. A reader without the right gets no number (`n` None); where
there is none, the report says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import NoReverseMatch, reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from manyi.complaints.clock import Target
from manyi.complaints.models import Channel, ClockPolicy, FollowUp, Message, Proposal
from manyi.complaints.queries import analysis, cases, clocks, limits, problems
from manyi.customers.models import AuthorityLimit
from manyi.events.models import Event
from manyi.improvement.models import Acknowledgement, Receipt, Verification
from manyi.improvement.queries import loop
from manyi.insights.models import Result
from manyi.insights.queries import may_see_whole, waves
from manyi.knowledge.models import AnswerVersion
from manyi.measures.estimates import Estimate
from manyi.reports.models import ReportSending
from manyi.reports.narrative import cut, percent
from manyi.reports.review import Review
from manyi.standards.queries import appraisals, assessments, audits, standards, touchpoints, visits
from manyi.surveys.models import CallbackWish, Invitation, NotAsked, Wave
from manyi.surveys.queries.staff import staff_surveys
from manyi.web.templatetags.web import localised

MOST_NAMED = 3
Text = str | Promise


@dataclass(frozen=True, slots=True)
class Record:
    """`n` is None where the reader may not know; `url` is '' where there is no page, or not for the reader."""

    label: Text
    n: int | None
    note: str = ""
    url: str = ""


class Records:
    """Records of a review, each looked up once."""

    def __init__(self, review: Review) -> None:
        self.review = review
        self._found: dict[str, Record] = {}

    def get(self, name: str) -> Record:
        if name not in self._found:
            kind = KINDS[name]
            if kind.right and not self.review.scope.may(
                kind.right, self.review.unit.pk if self.review.unit else None
            ):
                self._found[name] = Record(kind.label, None)
            else:
                found = kind.count(self.review)
                self._found[name] = replace(found, label=kind.label, url=found.url or _url(self.review, kind))
        return self._found[name]


def _url(review: Review, kind: Kind) -> str:
    if not kind.page or (kind.page_right and not review.scope.may(kind.page_right)):
        return ""
    try:
        address = reverse(kind.page)
    except NoReverseMatch:
        return ""
    return (
        f"{address}?{_complaint_query(review)}"
        if kind.page in ("complaints", "complaint-analysis")
        else address
    )


def _complaint_query(review: Review) -> str:
    unit = f"&unit={review.unit.pk}" if review.unit else ""
    return f"since={review.period.since}&until={review.period.last}{unit}"


def _within(review: Review, rows: QuerySet[Any], field: str) -> QuerySet[Any]:
    start, end = review.moments(review.period)
    return rows.filter(**{f"{field}__gte": start, f"{field}__lt": end})


def _around(review: Review, rows: QuerySet[Any], field: str = "unit") -> QuerySet[Any]:
    """Of the review's unit, those below it and those above it, whose things hold for it too."""
    unit = review.unit
    if unit is None:
        return rows
    return rows.filter(
        Q(**{f"{field}__path__startswith": unit.path}) | Q(**{f"{field}__in": unit.lineage_ids})
    )


def _plain(rows: QuerySet[Any], note: str = "") -> Record:
    return Record("", rows.order_by().count(), note)


def _share(found: Estimate | None) -> Record:
    if found is None or found.value is None:
        return Record("", 0)
    return Record("", found.n, _("%(share)s (95%% interval %(low)s–%(high)s)") % {
        "share": percent(found.value), "low": percent(found.low), "high": percent(found.high),
    })  # fmt: skip


# --- surveys


def _waves(review: Review) -> QuerySet[Wave]:
    """Opened in the period, at the unit, below or above it."""
    return _within(review, _around(review, waves(review.scope)), "opened_at")


def _named(names: list[str]) -> str:
    shown = [cut(name, 48) for name in names[:MOST_NAMED]]
    more = len(names) - len(shown)
    return _(", ").join(shown) + (_(" and %(n)d more") % {"n": more} if more > 0 else "")


def _survey_waves(review: Review) -> Record:
    names = [localised(wave.name) for wave in _waves(review)]
    return Record("", len(names), _named(names))


def _methods(review: Review) -> Record:
    found: dict[str, None] = {}
    for wave in _waves(review).select_related("questionnaire_version__questionnaire"):
        version = wave.tree_version
        found[_("tree %(code)s version %(n)d") % {"code": version.tree.code, "n": version.number}] = None
        form = wave.questionnaire_version
        if form is not None:
            found[
                _("questionnaire %(code)s version %(n)d")
                % {"code": form.questionnaire.code, "n": form.number}
            ] = None
    return Record("", len(found), _named(list(found)))


def _asked(review: Review) -> Record:
    rows = review.of_unit(
        review.scope.limit(Invitation.objects.filter(wave__in=_waves(review)), "results.read")
    )
    asked = rows.exclude(state=Invitation.State.QUEUED).count()
    return Record("", asked, _("%(n)d answered") % {"n": rows.filter(answered=True).count()} if asked else "")


def _not_asked(review: Review) -> Record:
    rows = review.scope.limit(NotAsked.objects.filter(wave__in=_waves(review)), "results.read")
    return _plain(review.of_unit(rows))


def _index(review: Review) -> Record:
    if review.index is None or review.result is None:
        return Record("", 0)
    found = review.index.estimate
    note = f"{localised(review.result.wave.name)}: {found.value:.1f}"
    if found.low is not None and found.high is not None:
        note += f" ({found.low:.1f}–{found.high:.1f}, n = {found.n:,})"
    return Record("", 1, note, reverse("result", args=[review.result.wave.code]))


def _stored(review: Review) -> Record:
    seen = [wave.pk for wave in _waves(review) if may_see_whole(review.scope, wave)]
    rows = Result.objects.filter(wave__in=seen)
    methods = sorted(set(rows.order_by().values_list("method", flat=True)))
    return Record("", rows.count(), _("method %(names)s") % {"names": _named(methods)} if methods else "")


def _callbacks(review: Review) -> Record:
    rows = review.scope.limit(CallbackWish.objects.all(), "responses.read")
    wishes = _within(review, review.of_unit(rows), "created_at")
    return Record("", wishes.count(), _("%(n)d called back") % {"n": wishes.exclude(done_at=None).count()})


def _staff(review: Review) -> Record:
    rows = _within(review, _around(review, staff_surveys(review.scope)), "opened_at")
    return Record("", rows.count(), _named([localised(row.name) for row in rows]))


# --- complaints


def _received(review: Review) -> Record:
    return Record(
        "",
        review.bases.cases,
        _("%(n)d not closed yet") % {"n": review.bases.open} if review.bases.cases else "",
    )


def _channels(review: Review) -> Record:
    used = review.complaints(review.period).order_by().values_list("channel", flat=True).distinct()
    labels = sorted(str(Channel(channel).label) for channel in used)
    return Record("", len(labels), _(", ").join(labels))


def _classified(review: Review) -> Record:
    return _plain(review.complaints(review.period).exclude(category=None))


def _causes(review: Review) -> Record:
    return _plain(
        review.complaints(review.period)
        .filter(Q(cause__isnull=False) | Q(cause_unit__isnull=False))
        .distinct()
    )


def _closed(review: Review) -> Record:
    return _plain(review.complaints(review.period).filter(closings__gt=0))


def _in_time(target: str) -> Callable[[Review], Record]:
    return lambda review: _share(limits.kept(review.complaints(review.period), target, review.at).per_case)


def _reopened(review: Review) -> Record:
    return _share(analysis.reopened(review.complaints(review.period)).per_case)


def _satisfied(review: Review) -> Record:
    return _share(analysis.satisfied(review.complaints(review.period)).per_case)


def _seen_cases(review: Review) -> QuerySet[Any]:
    rows: QuerySet[Any] = review.of_unit(cases.visible(review.scope).order_by())
    return rows.values("pk")


def _follow_ups(review: Review) -> Record:
    ended = FollowUp.objects.filter(complaint__in=_seen_cases(review)).filter(analysis.ANSWERED)
    return _plain(_within(review, ended, "ended_at"))


def _escalations(review: Review) -> Record:
    rows = clocks.escalations(review.scope).filter(complaint__in=_seen_cases(review))
    return _plain(_within(review, rows, "fired_at"))


def _messages(review: Review) -> Record:
    rows = Message.objects.filter(complaint__in=_seen_cases(review), direction=Message.Direction.OUT)
    return _plain(_within(review, rows, "at"))


def _proposals(review: Review) -> Record:
    rows = _within(review, Proposal.objects.filter(complaint__in=_seen_cases(review)), "proposed_at")
    return Record(
        "", rows.count(), _("%(n)d accepted") % {"n": rows.filter(state=Proposal.State.ACCEPTED).count()}
    )


def _log(review: Review) -> Record:
    rows = review.of_unit(
        review.scope.limit(Event.objects.filter(subject_type="complaint"), "complaints.read"), "unit_id"
    )
    return _plain(_within(review, rows, "at"))


def _problems(review: Review) -> Record:
    rows = _within(review, review.of_unit(problems.visible(review.scope)), "opened_at")
    return Record("", rows.count(), _("%(n)d closed") % {"n": rows.exclude(closed_at=None).count()})


def _promises(review: Review) -> Record:
    return _share(review.promises.rate)


def _policies(review: Review) -> Record:
    return _plain(ClockPolicy.objects.filter(active=True))


def _authority(review: Review) -> Record:
    return _plain(_around(review, AuthorityLimit.objects.all()))


def _answers(review: Review) -> Record:
    return _plain(
        _within(review, AnswerVersion.objects.filter(state=AnswerVersion.State.PUBLISHED), "published_at")
    )


# --- standards


def _touchpoints(review: Review) -> Record:
    return _plain(_around(review, touchpoints.touchpoints(review.scope).filter(is_active=True)))


def _standards(review: Review) -> Record:
    rows = standards.standards(review.scope).filter(is_active=True)
    return _plain(_around(review, rows, "touchpoint__unit"))


def _audits(review: Review) -> Record:
    rows = review.of_unit(audits.audits(review.scope)).exclude(state="cancelled")
    return _plain(_within(review, rows, "submitted_at"))


def _visits(review: Review) -> Record:
    """Only those their unit may know of."""
    return _plain(_within(review, review.of_unit(visits.known(review.scope)), "published_at"))


def _assessments(review: Review) -> Record:
    return _plain(_within(review, review.of_unit(assessments.assessments(review.scope)), "opened_at"))


def _appraisals(review: Review) -> Record:
    rows = _within(review, review.of_unit(appraisals.sheets(review.scope)), "shared_at")
    return Record(
        "", rows.count(), _("%(n)d acknowledged") % {"n": rows.exclude(acknowledged_at=None).count()}
    )


# --- improvement


def _findings(review: Review) -> Record:
    return Record("", review.findings)


def _decisions(review: Review) -> Record:
    return _plain(_within(review, review.of_unit(loop.decisions(review.scope)), "decided_at"))


def _actions(review: Review) -> Record:
    rows = review.actions.filter(starts_on__lt=review.period.until)
    start = review.moments(review.period)[0]
    return _plain(rows.filter(Q(done_at__gte=start) | Q(done_at=None)))


def _verifications(review: Review) -> Record:
    rows = Verification.objects.filter(action__in=review.actions.order_by().values("pk"))
    found = _within(review, rows, "at")
    return Record("", found.count(), _("%(n)d effective") % {"n": found.filter(verdict="effective").count()})


def _announcements(review: Review) -> Record:
    rows = _within(review, review.of_unit(loop.announcements(review.scope)), "published_at")
    told = Receipt.objects.filter(
        announcement__in=rows.order_by().values("pk"), sent_at__isnull=False
    ).count()
    return Record("", rows.order_by().count(), _("%(n)d people told") % {"n": told})


def _training(review: Review) -> Record:
    asked = Acknowledgement.objects.filter(action__in=review.actions.order_by().values("pk"))
    done = _within(review, asked, "done_at").count()
    waiting = asked.filter(done_at=None).count()
    return Record("", done, _("%(n)d not acknowledged yet") % {"n": waiting} if waiting else "")


def _reviews(review: Review) -> Record:
    """Reviews and evidence reports sent about the unit, those above and below it."""
    rows = review.scope.limit(ReportSending.objects.all(), "results.read", field="schedule__unit_id")
    rows = _around(review, rows, "schedule__unit")
    periods = sorted(set(_within(review, rows, "created_at").values_list("period", flat=True)))
    return Record("", _within(review, rows, "created_at").count(), _named(periods))


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of record: the right it takes to count it, and the page that lists it with the right that page takes."""

    label: Text
    count: Callable[[Review], Record]
    right: str = "results.read"
    page: str = ""
    page_right: str = ""


_COMPLAINTS, _STANDARDS, _IMPROVEMENT = "complaints.read", "standards.read", "improvement.read"
t = gettext_lazy
KINDS: dict[str, Kind] = {
    "waves": Kind(t("Survey waves"), _survey_waves, page="results"),
    "methods": Kind(t("Versions of trees and questionnaires used"), _methods, page="trees", page_right="designs.read"),
    "asked": Kind(t("Customers asked"), _asked, page="waves", page_right="waves.read"),
    "not_asked": Kind(t("Customers not asked, each with the reason"), _not_asked, page="waves", page_right="waves.read"),
    "index": Kind(t("Satisfaction index with interval"), _index),
    "stored": Kind(t("Stored results with the method they were computed by"), _stored, page="results"),
    "callbacks": Kind(t("Wishes to be called back"), _callbacks, "responses.read", "callbacks", "responses.read"),
    "staff": Kind(t("Staff surveys"), _staff, "waves.read", "staff-surveys"),
    "received": Kind(t("Complaints received"), _received, _COMPLAINTS, "complaints"),
    "channels": Kind(t("Ways by which complaints came"), _channels, _COMPLAINTS, "complaint-analysis"),
    "classified": Kind(t("Complaints with a category and severity"), _classified, _COMPLAINTS, "complaint-analysis"),
    "acknowledged": Kind(t("Acknowledged in time"), _in_time(Target.ACKNOWLEDGE), _COMPLAINTS, "complaint-analysis"),
    "responded": Kind(t("Answered in time"), _in_time(Target.RESPOND), _COMPLAINTS, "complaint-analysis"),
    "resolved": Kind(t("Resolved in time"), _in_time(Target.RESOLVE), _COMPLAINTS, "complaint-analysis"),
    "causes": Kind(t("Complaints with a cause"), _causes, _COMPLAINTS, "complaint-analysis"),
    "closed": Kind(t("Complaints closed"), _closed, _COMPLAINTS, "complaints"),
    "reopened": Kind(t("Closed complaints, and how many were opened again"), _reopened, _COMPLAINTS, "complaint-analysis"),
    "follow_ups": Kind(t("Complainants asked afterwards"), _follow_ups, _COMPLAINTS, "follow-ups"),
    "handling": Kind(t("Satisfied with how the complaint was handled"), _satisfied, _COMPLAINTS, "complaint-analysis"),
    "escalations": Kind(t("Escalations"), _escalations, _COMPLAINTS, "never-miss"),
    "messages": Kind(t("Messages to complainants"), _messages, _COMPLAINTS, "complaints"),
    "proposals": Kind(t("Settlements offered"), _proposals, _COMPLAINTS, "approvals", "complaints.approve"),
    "log": Kind(t("Entries of the log about complaints, which nobody can change"), _log, _COMPLAINTS, "complaints"),
    "problems": Kind(t("Problems worked on by 8D"), _problems, _COMPLAINTS, "problems"),
    "promises": Kind(t("Promises due, and how many were kept"), _promises, page="promises", page_right="promises.edit"),
    "policies": Kind(t("Rules of time limits in force"), _policies, _COMPLAINTS, "clock-policies", "complaints.manage"),
    "authority": Kind(t("Limits of authority"), _authority, _COMPLAINTS, "authority-limits", "complaints.manage"),
    "answers": Kind(t("Standard answers approved"), _answers, "knowledge.read", "standard-answers", "knowledge.read"),
    "touchpoints": Kind(t("Touchpoints on the journey map"), _touchpoints, _STANDARDS, "journey-map"),
    "standards": Kind(t("Service standards in force"), _standards, _STANDARDS, "service-standards"),
    "audits": Kind(t("Audits handed in"), _audits, _STANDARDS, "audits"),
    "visits": Kind(t("Mystery visits published"), _visits, _STANDARDS, "visits"),
    "assessments": Kind(t("Self-assessments"), _assessments, _STANDARDS, "self-assessments"),
    "appraisals": Kind(t("Appraisal sheets shared"), _appraisals, _STANDARDS, "appraisals"),
    "findings": Kind(t("Findings raised"), _findings, _IMPROVEMENT, "findings"),
    "decisions": Kind(t("Decisions with criteria and scores"), _decisions, _IMPROVEMENT, "decisions"),
    "actions": Kind(t("Improvement actions at work"), _actions, _IMPROVEMENT, "actions"),
    "verifications": Kind(t("Verifications of actions"), _verifications, _IMPROVEMENT, "actions"),
    "announcements": Kind(t("Announcements to customers"), _announcements, _IMPROVEMENT, "announcements"),
    "training": Kind(t("Trainings acknowledged"), _training, _IMPROVEMENT, "actions"),
    "reviews": Kind(t("Reports sent to those who manage"), _reviews, page="report-schedules"),
}  # fmt: skip
