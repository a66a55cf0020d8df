"""Raising findings, dismissing them, opening them again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from manyi.complaints.services.cases import next_of_series
from manyi.events import catalogue
from manyi.events.services import publish
from manyi.improvement.lookups.waves import indicator
from manyi.improvement.models import Finding
from manyi.improvement.sources import Source
from manyi.people.models import OrgUnit
from manyi.scope import Scope
from manyi.surveys.models import Wave
from manyi.web.errors import Refused

State = Finding.State


@transaction.atomic
def raise_finding(
    scope: Scope,
    *,
    unit: OrgUnit,
    title: str,
    at: datetime,
    kind: str = Finding.Kind.MANUAL,
    source: str = "",
    description: str = "",
    evidence: Mapping[str, Any] | None = None,
) -> Finding:
    """Something should improve. A source that has an open finding already gives that one (idempotent).

    :param evidence: what shows it, kept as it is now. :raises NotAllowed, ValidationError:
    """
    scope.require("improvement.edit", unit.pk)
    if source:
        known = Finding.objects.filter(source=source, state__in=[State.OPEN, State.ACTING]).first()
        if known is not None:
            return known
    row = Finding(
        unit=unit, kind=kind, source=source, title=title.strip(), description=description.strip(),
        evidence=dict(evidence or {}), raised_by_id=scope.user_id, raised_at=at,
    )  # fmt: skip
    row.full_clean(exclude=["number", "evidence"])
    row.number = f"F-{at.year}-{next_of_series(f'F-{at.year}'):04d}"
    row.save()
    publish(scope, catalogue.FindingRaised(subject_id=str(row.pk), unit_id=unit.pk, what=row.kind), at=at)
    return row


@transaction.atomic
def raise_from(scope: Scope, *, source: Source, at: datetime) -> tuple[Finding, bool]:
    """The finding of a source (see `improvement.sources`), and whether it is new."""
    scope.require("improvement.edit", source.unit.pk)
    known = Finding.objects.filter(source=source.key, state__in=[State.OPEN, State.ACTING]).first()
    if known is not None:
        return known, False
    row = raise_finding(
        scope, unit=source.unit, title=source.title[:200], kind=source.kind, source=source.key,
        evidence=source.evidence, at=at,
    )  # fmt: skip
    return row, True


def raise_from_indicator(
    scope: Scope,
    *,
    wave: Wave,
    node: str,
    at: datetime,
    filters: Mapping[str, str] | None = None,
    kind: str = Finding.Kind.INDICATOR,
) -> Finding:
    """A weak item of a wave becomes a finding; its score, interval and n are frozen as evidence.

    :raises Refused: where the figure may not be shown.
    """
    source = indicator(scope, wave, node, filters or {}, at, kind)
    return raise_from(scope, source=source, at=at)[0]


def _move(scope: Scope, finding: Finding, to: str, change: str, at: datetime, **stamps: Any) -> None:
    if not Finding.objects.filter(pk=finding.pk, state=finding.state).update(state=to, **stamps):
        raise Refused(_("Somebody else changed this finding in between. Reload the page."))
    finding.refresh_from_db()
    publish(
        scope,
        catalogue.FindingChanged(subject_id=str(finding.pk), unit_id=finding.unit_id, change=change),
        at=at,
    )


@transaction.atomic
def dismiss(scope: Scope, *, finding: Finding, reason: str, at: datetime) -> None:
    """Decide not to pursue it, with the reason. Raises Refused once actions run."""
    scope.require("improvement.decide", finding.unit_id)
    if not reason.strip():
        raise Refused(_("Say why this finding is not pursued."))
    if finding.state != State.OPEN:
        raise Refused(_("Only a finding that is to be decided can be dismissed."))
    _move(scope, finding, State.DISMISSED, "dismissed", at, reason=reason.strip())


@transaction.atomic
def reopen(scope: Scope, *, finding: Finding, reason: str, at: datetime) -> None:
    """Open a dismissed or verified finding again."""
    scope.require("improvement.edit", finding.unit_id)
    if finding.state in (State.OPEN, State.ACTING):
        raise Refused(_("This finding is open."))
    if (
        finding.source
        and Finding.objects.filter(source=finding.source, state__in=[State.OPEN, State.ACTING]).exists()
    ):
        raise Refused(_("The same thing has a newer open finding. Work on that one."))
    _move(
        scope, finding, State.OPEN, "reopened", at,
        reason=reason.strip(), times_reopened=finding.times_reopened + 1,
    )  # fmt: skip


def mark(scope: Scope, *, finding: Finding, state: str, at: datetime, reason: str = "") -> None:
    """Follow what its actions do: acting, effective, or open again. Call inside a transaction."""
    if finding.state != state:
        stamps: dict[str, Any] = {"reason": reason}
        if state == State.OPEN:
            stamps["times_reopened"] = finding.times_reopened + 1
        _move(scope, finding, state, state, at, **stamps)
