"""Setting service standards."""

from __future__ import annotations

from datetime import datetime
from math import isfinite

from django.db import transaction
from django.utils.translation import gettext as _

from manyi.events import catalogue
from manyi.events.services import publish
from manyi.scope import Scope
from manyi.standards import sources
from manyi.standards.models import ServiceStandard
from manyi.standards.services.touchpoints import named
from manyi.web.errors import Refused

RIGHT = "standards.edit"
Source = ServiceStandard.Source
POINTS, PER_CENT = "points", "%"


@transaction.atomic
def save_standard(scope: Scope, *, standard: ServiceStandard, at: datetime) -> ServiceStandard:
    """Add a standard or change one. Every source measures on a scale of 0–100: items of surveys in points, the
    others in per cent.

    Raises Refused for a subject its source does not know or a target off the scale, ValidationError, NotAllowed.
    """
    before = ServiceStandard.objects.filter(pk=standard.pk).select_related("touchpoint").first()
    scope.require(RIGHT, standard.touchpoint.unit_id)
    if before is not None:
        scope.require(RIGHT, before.touchpoint.unit_id)
    standard.name = named(standard.name, 200)
    texts = {language: str(standard.training.get(language) or "").strip()[:200] for language in ("zh", "en")}
    standard.training = {language: text for language, text in texts.items() if text}
    standard.measure = POINTS if standard.source == Source.SURVEY else PER_CENT
    _check_scale(standard)
    known = {(row.source, row.subject) for row in (before,) if row} | set(
        before.also.items() if before else ()
    )
    standard.also = {
        source: subject for source, subject in standard.also.items() if source != standard.source
    }
    for source, subject in ((standard.source, standard.subject), *standard.also.items()):
        if (source, subject) not in known:
            _check_subject(scope, source, subject)
    standard.full_clean()
    standard.save()
    publish(
        scope,
        catalogue.StandardChanged(
            subject_id=standard.code, unit_id=standard.touchpoint.unit_id, target=standard.target,
            tolerance=standard.tolerance, change="made" if before is None else "changed",
        ),
        at=at,
    )  # fmt: skip
    return standard


def _check_scale(standard: ServiceStandard) -> None:
    if not (isfinite(standard.target) and 0 <= standard.target <= 100):
        raise Refused(_("The target lies between 0 and 100."))
    if not (isfinite(standard.tolerance) and 0 <= standard.tolerance <= 100):
        raise Refused(_("The tolerance lies between 0 and 100."))


def _check_subject(scope: Scope, source: str, subject: str) -> None:
    if source not in Source.values:
        raise Refused(_("“%(key)s” measures no standards.") % {"key": source})
    if len(subject) > 100:
        raise Refused(_("What is measured has too long a name."))
    subjects = sources.subjects(scope, source)
    if subjects is not None and subject not in dict(subjects):
        raise Refused(
            _("“%(source)s” does not measure “%(subject)s”.")
            % {"source": Source(source).label, "subject": subject}
        )
