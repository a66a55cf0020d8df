"""Looking whether an action worked; a verdict that says no opens the finding again by itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from manyi.events import catalogue
from manyi.events.services import publish
from manyi.improvement import verdict
from manyi.improvement.models import Action, Finding, Verification
from manyi.improvement.queries import figures
from manyi.improvement.services import findings
from manyi.measures import compare
from manyi.measures.compare import Difference
from manyi.scope import Scope
from manyi.standards.models import ServiceStandard
from manyi.surveys.models import Wave
from manyi.web.errors import Refused

FEWEST_DAYS = 14


@transaction.atomic
def verify(
    scope: Scope, *, action: Action, at: datetime, wave: Wave | None = None, note: str = ""
) -> Verification:
    """Compare the target figure before and after: the same node, segment and definition in a later `wave`; or
    the complaint rate or service standard since the action was done against an equally long time before its start.

    Effective closes action and finding; not effective opens the finding again; not yet leaves both.

    :raises Refused: before the action is done, with the wave of the baseline or one that had closed before the
        action was done, or too early.
    """
    scope.require("improvement.decide", action.unit_id)
    action = Action.objects.select_for_update().get(pk=action.pk)
    if action.state != Action.State.DONE or action.done_at is None:
        raise Refused(_("Only an action that is done can be verified."))
    if action.target == Action.Target.INDICATOR:
        before, after, difference = _indicator(scope, action, wave)
    else:
        before, after, difference = _since(scope, action, at)
    look = action.verifications.count() + 1
    judged = verdict.judge(
        difference,
        after=after.value,
        target=action.target_value,
        lower_is_better=lower_is_better(action),
        look=look,
    )
    row = Verification.objects.create(
        action=action, look=look, verdict=judged.verdict, before=before.to_dict(), after=after.to_dict(),
        difference=difference.value, low=difference.low, high=difference.high, p_value=judged.p_one_sided,
        level=judged.level, wave=wave.code if wave else "", note=note.strip(), by_id=scope.user_id, at=at,
    )  # fmt: skip
    if judged.verdict == "effective":
        action.state = Action.State.EFFECTIVE
        action.save(update_fields=["state"])
        running = action.finding.actions.exclude(
            state__in=[Action.State.EFFECTIVE, Action.State.CANCELLED]
        ).exists()
        if not running:
            findings.mark(scope, finding=action.finding, state=Finding.State.EFFECTIVE, at=at)
    elif judged.verdict == "not_effective":
        findings.mark(
            scope, finding=action.finding, state=Finding.State.OPEN, at=at,
            reason=_("“%(action)s” did not move the figure.") % {"action": action.title[:300]},
        )  # fmt: skip
    publish(
        scope,
        catalogue.ActionVerified(
            subject_id=str(action.pk),
            unit_id=action.unit_id,
            verdict=row.verdict,
            look=look,
            finding_id=action.finding_id,
        ),
        at=at,
    )
    return row


def _indicator(
    scope: Scope, action: Action, wave: Wave | None
) -> tuple[figures.Figure, figures.Figure, Difference]:
    if wave is None:
        raise Refused(_("Choose the survey wave to compare with."))
    first = figures.wave_of(scope, action.wave)
    if wave not in figures.later_waves(scope, first):
        raise Refused(
            _(
                "Wave “%(wave)s” cannot be compared with “%(before)s”: it is not later, or asks other questions."
            )
            % {"wave": wave.code, "before": first.code}
        )
    if wave.closed_at is not None and action.done_at is not None and wave.closed_at <= action.done_at:
        raise Refused(_("Wave “%(wave)s” had closed before the action was done.") % {"wave": wave.code})
    old, _segment = figures.node_of(scope, first, action.subject, action.filters)
    new, _segment = figures.node_of(scope, wave, action.subject, action.filters)
    return (
        figures.indicator(scope, first, action.subject, action.filters),
        figures.indicator(scope, wave, action.subject, action.filters),
        compare.means(new.estimate, old.estimate),
    )


def lower_is_better(action: Action) -> bool:
    """Whether the target figure is to fall: complaints, or a standard that says 'at most'."""
    if action.target == Action.Target.STANDARD:
        return figures.standard_of(action.subject).better == ServiceStandard.Better.LOWER
    return action.target == Action.Target.COMPLAINT_RATE


def _since(scope: Scope, action: Action, at: datetime) -> tuple[figures.Figure, figures.Figure, Difference]:
    """The days since it was done against as many before its start."""
    zone = ZoneInfo(settings.TIME_ZONE)
    assert action.done_at is not None  # noqa: S101
    since, today = action.done_at.astimezone(zone).date() + timedelta(days=1), at.astimezone(zone).date()
    days = (today - since).days
    if days < FEWEST_DAYS:
        raise Refused(
            _("It is too early: %(days)s whole days have passed since it was done, %(fewest)s are needed.")
            % {"days": max(0, days), "fewest": FEWEST_DAYS}
        )
    start = action.starts_on
    earlier = start - timedelta(days=days)
    if action.target == Action.Target.STANDARD:
        before = figures.standard(scope, action.subject, action.unit, earlier, start, today)
        after = figures.standard(scope, action.subject, action.unit, since, today, today)
        return before, after, compare.means(after.estimate(), before.estimate())
    before = figures.complaint_rate(scope, action.subject, action.unit, earlier, start)
    after = figures.complaint_rate(scope, action.subject, action.unit, since, today)
    exposure = days / figures.DAYS
    return before, after, compare.rates((after.n, exposure), (before.n, exposure))
