"""Findings from service standards that are missed. Key: the standard's code."""

from __future__ import annotations

from datetime import datetime

from django.utils.timezone import localdate
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from manyi.improvement.models import Finding
from manyi.improvement.sources import Source, both, evidence, unknown
from manyi.improvement.sources import register as on
from manyi.scope import Scope
from manyi.standards.models import ServiceStandard
from manyi.standards.queries import standards
from manyi.web.templatetags.web import localised


def register() -> None:
    on("standard", _standard)


def _standard(scope: Scope, code: str, at: datetime) -> Source:
    """As it stands in the last 90 days at the unit where it holds."""
    scope.require("standards.read")
    try:
        found = standards.evidence(scope, code, localdate(at))
    except ServiceStandard.DoesNotExist as error:
        raise unknown() from error
    if found["value"] is None:
        raise unknown()

    def said() -> str:
        known = {**found, "target": f"{found['target']:g}"}
        text = _("%(value).1f %(measure)s, target %(target)s") % known
        if found["low"] is not None and found["high"] is not None:
            text += " · " + _("95%% interval %(low).1f to %(high).1f") % known
        return text + " · " + ngettext("%(n)d case", "%(n)d cases", found["n"]) % known

    return Source(
        kind=Finding.Kind.STANDARD,
        key=f"standard:{found['standard']}:{found['unit'].pk}",
        unit=found["unit"],
        title=_("Standard “%(name)s” is not met: %(value).1f %(measure)s")
        % {"name": localised(found["name"]), "value": found["value"], "measure": found["measure"]},
        evidence=evidence(
            name=found["name"], figure=both(said), facts=(found["unit"].name,), at=at, url=found["url"],
            standard=found["standard"], value=found["value"], low=found["low"], high=found["high"], n=found["n"],
        ),
    )  # fmt: skip
