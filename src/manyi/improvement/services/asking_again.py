"""Exactly those who raised the matter are asked once more (E4)."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from manyi.improvement.models import Action
from manyi.improvement.queries import figures
from manyi.improvement.queries.raisers import affected
from manyi.scope import Scope
from manyi.surveys.models import Wave
from manyi.surveys.services.waves import create_wave
from manyi.web.errors import Refused


@transaction.atomic
def ask_again(scope: Scope, *, action: Action, at: datetime) -> Wave:
    """A draft of the wave of the baseline, for those alone who rated the item low; whoever runs waves opens it.

    The draft of before is given again, so that nobody is asked twice.

    :raises Refused: before the action is done, for another figure than a survey's, for an anonymous or imported
        wave, and where nobody can be asked.
    """
    scope.require("waves.run", action.unit_id)
    if action.target != Action.Target.INDICATOR:
        raise Refused(_("Only those who answered a survey can be asked again."))
    if action.state not in (Action.State.DONE, Action.State.EFFECTIVE):
        raise Refused(_("Ask again once the action is done."))
    known = Wave.objects.filter(code=action.again).first() if action.again else None
    if known is not None:
        return known
    first = figures.wave_of(scope, action.wave)
    if first.anonymous or first.questionnaire_version is None:
        raise Refused(
            _("Nobody of “%(wave)s” can be asked again: it was anonymous, or imported.")
            % {"wave": first.code}
        )
    customers = affected(scope, action)
    if not customers:
        raise Refused(_("Nobody who rated it low can be asked."))
    names = {"zh": "再问一次：{}", "en": "Asked again: {}"}
    wave = create_wave(
        scope, code=f"{first.code[:28]}-again-{action.pk}",
        name={language: text.format(action.baseline_evidence["name"].get(language, ""))[:200] for language, text in names.items()},
        series="", unit=first.unit, questionnaire_version=first.questionnaire_version, tree_version=first.tree_version,
        anonymous=False, audience={"customers": customers}, sampling={}, target=None, closes_at=None,
        reminder_days=[3], subject={}, message={}, at=at,
    )  # fmt: skip
    action.again = wave.code
    action.save(update_fields=["again"])
    return wave
