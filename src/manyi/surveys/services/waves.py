"""Waves: planned, opened, closed; and who is invited by opening one."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from manyi.customers.models import Contact
from manyi.events import catalogue
from manyi.events.services import publish, start_job
from manyi.measures.tree import Tree
from manyi.messaging.services import withdraw_mails
from manyi.people.models import Organisation, OrgUnit
from manyi.people.services import organisation
from manyi.scope import Scope
from manyi.surveys import questionnaire
from manyi.surveys.audience import Audience, AudienceError
from manyi.surveys.models import Invitation, NotAsked, QuestionnaireVersion, TreeVersion, Wave
from manyi.surveys.queries.samples import Chosen, Partition, partition
from manyi.surveys.sampling import Plan, SamplingError
from manyi.surveys.tree import MEASURED
from manyi.web.errors import Refused

State = Wave.State
MAX_REMINDERS = 5
CLOSE_REASONS = ("by_hand", "date", "target")


class WaveError(Refused):
    """A wave that cannot be made, changed, opened or closed; the message is for the person who asked."""


#: Codes of AudienceError and SamplingError.
WHY_UNREADABLE = {
    "mapping": gettext_lazy("a mapping of names to values is expected"),
    "unknown": gettext_lazy("there is no such entry"),
    "units": gettext_lazy("numbers of org units are expected"),
    "list": gettext_lazy("a list of values is expected"),
    "one_of": gettext_lazy("one of %(known)s is expected"),
    "characteristic": gettext_lazy("a characteristic of customers is expected"),
    "quotas": gettext_lazy("a number for each group is expected"),
    "count": gettext_lazy("a whole number from %(known)s is expected"),
}


def read_design(audience: Mapping[str, Any], sampling: Mapping[str, Any]) -> tuple[Audience, Plan]:
    """Filters and plan of a wave. Raises WaveError naming the entry that is wrong."""
    try:
        return Audience.from_dict(audience), Plan.from_dict(sampling)
    except (AudienceError, SamplingError) as error:
        why = str(WHY_UNREADABLE[error.code]) % {"known": getattr(error, "known", "")}
        raise WaveError(
            _("The audience or sample cannot be used: %(where)s: %(message)s.")
            % {"where": error.where, "message": why}
        ) from error


def _checked(
    *,
    scope: Scope,
    unit: OrgUnit,
    audience: Mapping[str, Any],
    sampling: Mapping[str, Any],
    reminder_days: Sequence[int],
    closes_at: datetime | None,
    target: int | None,
    at: datetime,
) -> None:
    scope.require("waves.run", unit.pk)
    filters, _plan = read_design(audience, sampling)
    inside = set(
        OrgUnit.objects.filter(pk__in=filters.units, path__startswith=unit.path).values_list("pk", flat=True)
    )
    if filters.units - inside:
        raise WaveError(_("The audience holds an org unit that is not part of the wave's unit."))
    days = list(reminder_days)
    if (
        len(days) > MAX_REMINDERS
        or days != sorted(set(days))
        or any(isinstance(d, bool) or not isinstance(d, int) or not 1 <= d <= 90 for d in days)
    ):
        raise WaveError(
            _("Reminders: give up to %(most)s rising numbers of days between 1 and 90, such as 3, 7.")
            % {"most": MAX_REMINDERS}
        )
    if closes_at is not None and closes_at <= at:
        raise WaveError(_("The closing time lies in the past."))
    if target is not None and target < 1:
        raise WaveError(_("The wanted number of answers must be at least 1."))


def _texts(value: Mapping[str, str], what: str, *, longest: int) -> dict[str, str]:
    texts = {k: v.strip() for k, v in value.items() if k in ("zh", "en") and v and v.strip()}
    if any(len(t) > longest for t in texts.values()):
        raise WaveError(_("%(what)s is longer than %(most)s characters.") % {"what": what, "most": longest})
    return texts


def _subject(value: Mapping[str, str]) -> dict[str, str]:
    texts = _texts(value, _("The subject"), longest=200)
    if any(sign in text for text in texts.values() for sign in "\r\n"):
        raise WaveError(_("The subject must be one line."))
    return texts


@transaction.atomic
def create_wave(
    scope: Scope,
    *,
    code: str,
    name: Mapping[str, str],
    series: str,
    unit: OrgUnit,
    questionnaire_version: QuestionnaireVersion,
    tree_version: TreeVersion,
    anonymous: bool,
    audience: Mapping[str, Any],
    sampling: Mapping[str, Any],
    target: int | None,
    closes_at: datetime | None,
    reminder_days: Sequence[int],
    subject: Mapping[str, str],
    message: Mapping[str, str],
    at: datetime,
    complaint_below: int | None = None,
) -> Wave:
    """A wave as draft (right `waves.run` at the unit). An answer whose index (0–100) is under `complaint_below`
    opens a complaint; never in an anonymous wave. Raises WaveError.
    """
    _checked(
        scope=scope, unit=unit, audience=audience, sampling=sampling, reminder_days=reminder_days,
        closes_at=closes_at, target=target, at=at,
    )  # fmt: skip
    if Wave.objects.filter(code=code).exists():
        raise WaveError(_("Code “%(code)s” is taken.") % {"code": code})
    names = _texts(name, _("The name"), longest=200)
    if not names:
        raise WaveError(_("The wave needs a name."))
    wave = Wave(
        code=code,
        name=names,
        series=series,
        unit=unit,
        owner_id=scope.user_id,
        questionnaire_version=questionnaire_version,
        tree_version=tree_version,
        anonymous=anonymous,
        audience=dict(audience),
        sampling=dict(sampling),
        seed=secrets.randbelow(2**31),
        target=target,
        complaint_below=None if anonymous else complaint_below,
        closes_at=closes_at,
        reminder_days=list(reminder_days),
        subject=_subject(subject),
        message=_texts(message, _("The text of the mail"), longest=5000),
        created_at=at,
    )
    wave.full_clean()
    check_design(wave)
    wave.save()
    return wave


@transaction.atomic
def change_wave(scope: Scope, *, wave: Wave, at: datetime, **fields: Any) -> Wave:
    """Change a draft; `fields` are those of `create_wave`. The code stays. Raises WaveError."""
    scope.require("waves.run", wave.unit_id)
    wave = Wave.objects.select_for_update().get(pk=wave.pk)
    if wave.state != State.DRAFT:
        raise WaveError(
            _("Only a draft can be changed; “%(code)s” was opened already.") % {"code": wave.code}
        )
    texts = {"name": 200, "message": 5000}
    for key, value in fields.items():
        if key == "subject":
            value = _subject(value)
        elif key in texts:
            value = _texts(value, _("The text"), longest=texts[key])
        setattr(wave, key, value)
    if not wave.name:
        raise WaveError(_("The wave needs a name."))
    if wave.anonymous:
        wave.complaint_below = None
    _checked(
        scope=scope, unit=wave.unit, audience=wave.audience, sampling=wave.sampling,
        reminder_days=wave.reminder_days, closes_at=wave.closes_at, target=wave.target, at=at,
    )  # fmt: skip
    wave.full_clean()
    check_design(wave)
    wave.save()
    return wave


@transaction.atomic
def delete_draft(scope: Scope, *, wave: Wave) -> None:
    """Remove a wave that was never opened."""
    scope.require("waves.run", wave.unit_id)
    if not Wave.objects.filter(pk=wave.pk, state=State.DRAFT).delete()[0]:
        raise WaveError(_("Only a draft can be deleted."))


def check_design(wave: Wave) -> None:
    """Whether the questionnaire asks what the tree needs, on the tree's scale. Raises WaveError."""
    version = wave.questionnaire_version
    if version is None or not version.published:
        raise WaveError(_("Choose a published questionnaire."))
    if not wave.tree_version.published:
        raise WaveError(_("Choose a published indicator tree."))
    try:
        columns = questionnaire.parse(version.definition).columns()
        tree = Tree.from_dict(wave.tree_version.definition)
    except ValueError as error:
        raise WaveError(
            _("The questionnaire or the tree cannot be read: %(error)s") % {"error": error}
        ) from error
    for place in tree.leaves():
        column, wanted = place.node.column or "", tree.scale_of(place.node)
        if column in MEASURED:
            continue
        question = columns.get(column)
        if question is None:
            raise WaveError(
                _("The tree needs an answer “%(column)s”, which the questionnaire does not ask.")
                % {"column": column}
            )
        asked = question.scale
        if asked is None or (asked.min, asked.max) != (wanted.min, wanted.max):
            raise WaveError(
                _("“%(column)s” is asked from %(asked)s, but the tree counts from %(low)g to %(high)g.")
                % {
                    "column": column,
                    "asked": f"{asked.min} – {asked.max}" if asked else _("no scale"),
                    "low": wanted.min,
                    "high": wanted.max,
                }
            )


@transaction.atomic
def open_wave(scope: Scope, *, wave: Wave, at: datetime) -> Wave:
    """Open a draft: invite, write the ledger of those not asked, and start the job that sends.

    One transaction: state, invitations, ledger, event and job are there together or not at all. Right
    `waves.run` at the wave's unit. Raises WaveError when the wave is no draft, when questionnaire and tree do
    not fit, or when nobody would be asked and there is no open link.
    """
    scope.require("waves.run", wave.unit_id)
    check_design(wave)
    # Waves are opened one after the other, so that two of them cannot both write to a contact who should rest.
    rules = Organisation.objects.select_for_update().get(pk=organisation().pk)
    changed = Wave.objects.filter(pk=wave.pk, state=State.DRAFT).update(state=State.OPEN, opened_at=at)
    if not changed:
        raise WaveError(_("“%(code)s” is no draft any more.") % {"code": wave.code})
    wave.refresh_from_db()
    if wave.closes_at is not None and wave.closes_at <= at:
        raise WaveError(_("The closing time lies in the past."))
    split = partition(
        unit=wave.unit,
        audience=Audience.from_dict(wave.audience),
        plan=Plan.from_dict(wave.sampling),
        seed=wave.seed,
        fatigue_days=rules.fatigue_days,
        at=at,
    )
    if not split.chosen and not wave.open_token:
        raise WaveError(_("Nobody would be asked. Change the audience, or switch the open link on first."))
    _write(wave, split, at)
    publish(
        scope,
        catalogue.WaveOpened(
            subject_id=str(wave.pk),
            unit_id=wave.unit_id,
            invited=len(split.chosen),
            not_asked=len(split.left),
        ),
        at=at,
    )
    if split.chosen:
        start_sending(scope, wave=wave, at=at)
    return wave


def start_sending(scope: Scope, *, wave: Wave, at: datetime) -> None:
    """Queue the job that mails the wave's waiting invitations and shows how far it is."""
    start_job(
        scope,
        kind="wave.send",
        function="manyi.surveys.jobs.send_invitations",
        label={"zh": "正在发送邀请", "en": "Sending invitations"},
        at=at,
        arguments={"wave": wave.pk},
    )


def _write(wave: Wave, split: Partition, at: datetime) -> None:
    languages = answer_languages(wave)
    Invitation.objects.bulk_create(
        (new_invitation(wave, chosen, languages, at) for chosen in split.chosen), batch_size=500
    )
    NotAsked.objects.bulk_create(
        (
            NotAsked(wave=wave, customer_id=candidate.id, unit_id=candidate.unit_id, reason=reason, at=at)
            for candidate, reason in split.left
        ),
        batch_size=1000,
    )
    asked = [chosen.contact.id for chosen in split.chosen]
    for start in range(0, len(asked), 500):
        Contact.objects.filter(pk__in=asked[start : start + 500]).update(last_invited_at=at)


def answer_languages(wave: Wave) -> tuple[str, ...]:
    """Languages in which the wave can be answered, as language tags, the first being the fall-back."""
    if wave.questionnaire_version is None:
        raise WaveError(_("Choose a published questionnaire."))
    form = questionnaire.parse(wave.questionnaire_version.definition)
    return tuple({"zh": "zh-hans", "en": "en"}[language] for language in form.languages)


def new_invitation(wave: Wave, chosen: Chosen, languages: Sequence[str], at: datetime) -> Invitation:
    """An unsaved invitation with everything about the customer as it is now."""
    who = chosen.candidate
    known = {"industry": who.industry, "region": who.region}
    return Invitation(
        wave=wave,
        customer_id=who.id,
        contact_id=chosen.contact.id,
        unit_id=who.unit_id,
        owner_id=who.owner_id,
        tier=who.tier,
        segment=who.segment,
        attributes={**{k: v for k, v in known.items() if v}, **who.attributes},
        weight=chosen.weight,
        language=chosen.contact.language if chosen.contact.language in languages else languages[0],
        token=secrets.token_urlsafe(32),
        created_at=at,
    )


@transaction.atomic
def close_wave(scope: Scope, *, wave: Wave, reason: str, at: datetime) -> Wave:
    """Close an open wave; half-finished answers and mails not yet sent are dropped. Raises WaveError.

    :param reason: one of CLOSE_REASONS.
    """
    scope.require("waves.run", wave.unit_id)
    if reason not in CLOSE_REASONS:
        raise ValueError(f"{reason!r} is none of {CLOSE_REASONS}")
    changed = Wave.objects.filter(pk=wave.pk, state=State.OPEN).update(
        state=State.CLOSED, closed_at=at, close_reason=reason
    )
    if not changed:
        raise WaveError(_("“%(code)s” is not open.") % {"code": wave.code})
    wave.refresh_from_db()
    wave.drafts.all().delete()
    waiting = wave.invitations.filter(state=Invitation.State.QUEUED)
    withdraw_mails(
        scope, references=(f"invitation:{pk}:0" for pk in waiting.values_list("pk", flat=True).iterator())
    )
    wave.invitations.exclude(next_reminder_at=None).update(next_reminder_at=None)
    publish(
        scope,
        catalogue.WaveClosed(
            subject_id=str(wave.pk),
            unit_id=wave.unit_id,
            responses=wave.responses.count(),
            reason=reason,
        ),
        at=at,
    )
    return wave


def enable_open_link(scope: Scope, *, wave: Wave) -> Wave:
    """Give the wave an address for everybody (poster, web site); keeps the one it has."""
    scope.require("waves.run", wave.unit_id)
    Wave.objects.filter(pk=wave.pk, open_token=None).exclude(state=State.CLOSED).update(
        open_token=secrets.token_urlsafe(16)
    )
    wave.refresh_from_db()
    if not wave.open_token:
        raise WaveError(_("“%(code)s” is closed.") % {"code": wave.code})
    return wave


def disable_open_link(scope: Scope, *, wave: Wave) -> Wave:
    """Take the address away; printed posters stop working."""
    scope.require("waves.run", wave.unit_id)
    Wave.objects.filter(pk=wave.pk).update(open_token=None)
    wave.refresh_from_db()
    return wave
