"""Invitations: mailed, followed up, reminded, bounced, opted out; one sent again, one added late.

References of mails: `invitation:<id>:0` is the invitation, `:1`, `:2` … the reminders, `:again:<n>` a repeat.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from manyi.customers import services as customers
from manyi.customers.models import Contact, Customer
from manyi.events import catalogue
from manyi.events.services import publish
from manyi.messaging.models import OutgoingMail
from manyi.messaging.services import Mail, MailRefused, queue_mails, withdraw_mails
from manyi.people.services import first_moment, organisation
from manyi.scope import Scope
from manyi.surveys import letters
from manyi.surveys.audience import Audience, judge
from manyi.surveys.models import Invitation, NotAsked, Wave
from manyi.surveys.queries.samples import Chosen, candidates
from manyi.surveys.services.waves import MAX_REMINDERS, WaveError, answer_languages, new_invitation

State = Invitation.State
CHUNK = 500
WHY_NOT = {
    "inactive": gettext_lazy("the customer is not active"),
    "no_address": gettext_lazy("there is no e-mail address"),
    "opted_out": gettext_lazy("the person does not want to be asked"),
    "bounced": gettext_lazy("the e-mail address does not work"),
}


def _compose(
    wave: Wave, invitations: Iterable[tuple[Invitation, str, bool]]
) -> tuple[list[Mail], list[Invitation]]:
    """The mails, and the invitations that cannot be mailed because the contact is gone or has no address."""
    rules = organisation()
    assert wave.questionnaire_version is not None  # noqa: S101
    about = letters.minutes(wave.questionnaire_version.definition)
    mails, impossible = [], []
    for invitation, reference, reminder in invitations:
        if invitation.contact is None or not invitation.contact.email:
            impossible.append(invitation)
            continue
        mails.append(
            letters.compose(
                invitation, wave, organisation=rules, about=about, reference=reference, reminder=reminder
            )
        )
    return mails, impossible


def _queue(scope: Scope, mails: list[Mail], *, not_before: datetime, at: datetime) -> list[str]:
    """Queue all; a mail that is refused (an address no server would take) holds up no other.

    Returns the references of those refused.
    """
    try:
        queue_mails(scope, mails=mails, not_before=not_before, at=at)
        return []
    except MailRefused:
        refused = []
        for mail in mails:
            try:
                queue_mails(scope, mails=[mail], not_before=not_before, at=at)
            except MailRefused:
                refused.append(mail.reference)
        return refused


@transaction.atomic
def queue_invitations(scope: Scope, *, wave: Wave, after: int, limit: int, at: datetime) -> int:
    """Put the mails of waiting invitations with an id above `after` into the outbox; idempotent.

    In quiet hours they wait there until these end. Returns the last id looked at, 0 when none is left.
    """
    waiting = list(
        wave.invitations.filter(state=State.QUEUED, pk__gt=after)
        .select_related("contact", "customer")
        .order_by("pk")[:limit]
    )
    if not waiting or not Wave.objects.filter(pk=wave.pk, state=Wave.State.OPEN).exists():
        return 0
    mails, impossible = _compose(wave, ((i, f"invitation:{i.pk}:0", False) for i in waiting))
    refused = _queue(scope, mails, not_before=first_moment(at), at=at)
    failed = [i.pk for i in impossible] + [int(reference.split(":")[1]) for reference in refused]
    Invitation.objects.filter(pk__in=failed, state=State.QUEUED).update(state=State.BOUNCED)
    return waiting[-1].pk


@transaction.atomic
def note_sent(scope: Scope, *, wave: Wave, at: datetime) -> int:
    """Bring waiting invitations up to date with the outbox; returns how many are on their way now.

    The outbox is asked, rather than an event awaited, so that a crash between sending and noting loses
    nothing.
    """
    noted = 0
    ids = list(wave.invitations.filter(state=State.QUEUED).order_by("pk").values_list("pk", flat=True))
    days = wave.reminder_days
    for start in range(0, len(ids), CHUNK):
        names = [f"invitation:{pk}:0" for pk in ids[start : start + CHUNK]]
        ended = (OutgoingMail.State.SENT, OutgoingMail.State.FAILED)
        mails = OutgoingMail.objects.filter(reference__in=names, state__in=ended)
        for reference, state, sent_at in mails.values_list("reference", "state", "sent_at"):
            pk = int(reference.split(":")[1])
            row = Invitation.objects.filter(pk=pk, state=State.QUEUED)
            if state == OutgoingMail.State.FAILED:
                row.update(state=State.BOUNCED)
                continue
            sent_at = sent_at or at
            next_at = sent_at + timedelta(days=days[0]) if days else None
            if row.update(state=State.SENT, sent_at=sent_at, next_reminder_at=next_at):
                noted += 1
                _publish_sent(scope, Invitation.objects.get(pk=pk), reminder=False, at=sent_at)
    return noted


def _publish_sent(scope: Scope, invitation: Invitation, *, reminder: bool, at: datetime) -> None:
    publish(
        scope,
        catalogue.InvitationSent(
            subject_id=str(invitation.wave_id),
            unit_id=invitation.unit_id,
            invitation_id=invitation.pk,
            customer_id=invitation.customer_id,
            reminder=reminder,
        ),
        at=at,
    )


def reminders_due(*, at: datetime) -> QuerySet[Invitation]:
    """Unanswered invitations of open waves whose reminder is due and whose contact may still be written to."""
    return Invitation.objects.filter(
        wave__state=Wave.State.OPEN,
        state=State.SENT,
        answered=False,
        next_reminder_at__lte=at,
        contact__opted_out_at=None,
        contact__bounced_at=None,
    ).exclude(wave__closes_at__lte=at)


@transaction.atomic
def queue_reminders(scope: Scope, *, limit: int, at: datetime) -> int:
    """Queue reminders that are due now; returns how many.

    In quiet hours nothing is queued, so that whoever answers during the night is not reminded in the morning.
    Each reminder is claimed by a conditional update first.
    """
    if first_moment(at) != at:
        return 0
    due = list(
        reminders_due(at=at)
        .select_related("contact", "customer", "wave__questionnaire_version")
        .order_by("wave_id", "pk")[:limit]
    )
    queued = 0
    by_wave: dict[int, list[Invitation]] = {}
    for invitation in due:
        by_wave.setdefault(invitation.wave_id, []).append(invitation)
    for invitations in by_wave.values():
        wave = invitations[0].wave
        claimed = [i for i in invitations if _claim_reminder(i, wave.reminder_days, at)]
        mails, _gone = _compose(
            wave, ((i, f"invitation:{i.pk}:{i.reminders_sent + 1}", True) for i in claimed)
        )
        _queue(scope, mails, not_before=at, at=at)
        for invitation in claimed:
            _publish_sent(scope, invitation, reminder=True, at=at)
        queued += len(mails)
    return queued


def _claim_reminder(invitation: Invitation, days: Sequence[int], at: datetime) -> bool:
    """Take the next reminder, if nobody answered or claimed it in between."""
    number = invitation.reminders_sent + 1
    next_at = None
    if number < len(days) and invitation.sent_at is not None:
        # Never two reminders at once, however late this one is.
        next_at = max(invitation.sent_at + timedelta(days=days[number]), at + timedelta(days=1))
    return bool(
        number <= len(days)
        and Invitation.objects.filter(
            pk=invitation.pk,
            state=State.SENT,
            answered=False,
            reminders_sent=invitation.reminders_sent,
            next_reminder_at=invitation.next_reminder_at,
        ).update(reminders_sent=F("reminders_sent") + 1, next_reminder_at=next_at)
    )


@transaction.atomic
def note_bounced(scope: Scope, *, reference: str, permanent: bool, at: datetime) -> None:
    """A mail of ours did not arrive: mark the invitation and, for a dead address, the contact."""
    kind, _colon, rest = reference.partition(":")
    number = rest.partition(":")[0]
    if kind != "invitation" or not number.isdigit():
        return
    invitation = Invitation.objects.filter(pk=int(number)).first()
    if invitation is None:
        return
    Invitation.objects.filter(pk=invitation.pk, state__in=[State.QUEUED, State.SENT], answered=False).update(
        state=State.BOUNCED, next_reminder_at=None
    )
    if permanent and invitation.contact_id is not None:
        mail = OutgoingMail.objects.filter(reference=reference).first()
        # Corrected addresses stay usable: only the address that failed is marked.
        if mail is not None:
            Contact.objects.filter(pk=invitation.contact_id, bounced_at=None, email__iexact=mail.to).update(
                bounced_at=at
            )


def by_token(token: str) -> Invitation | None:
    """The invitation of a personal link, for the pages of those who hold it."""
    return Invitation.objects.select_related("wave", "contact").filter(token=token).first()


@transaction.atomic
def opt_out(*, token: str, at: datetime) -> bool:
    """The person behind this link wants no more invitations, now or later; safe to repeat.

    Whoever holds the link may do this without signing in (RFC 8058). Returns False for an unknown token.
    """
    invitation = by_token(token)
    if invitation is None:
        return False
    scope = Scope.system("opt-out link")
    if invitation.contact is not None:
        customers.opt_out(scope, contact=invitation.contact, at=at)
        leave_alone(scope, contact_id=invitation.contact.pk)
    else:
        _withdraw(scope, Invitation.objects.filter(pk=invitation.pk))
    return True


@transaction.atomic
def leave_alone(scope: Scope, *, contact_id: int) -> None:
    """End every unanswered invitation of a contact who opted out, and take back mails not yet sent."""
    _withdraw(scope, Invitation.objects.filter(contact_id=contact_id))


def _withdraw(scope: Scope, invitations: QuerySet[Invitation]) -> None:
    running = invitations.filter(
        wave__state=Wave.State.OPEN, answered=False, state__in=[State.QUEUED, State.SENT]
    )
    ids = list(running.values_list("pk", flat=True))
    Invitation.objects.filter(pk__in=ids).update(state=State.OPTED_OUT, next_reminder_at=None)
    withdraw_mails(scope, references=[f"invitation:{pk}:{n}" for pk in ids for n in range(MAX_REMINDERS + 1)])


@transaction.atomic
def resend(scope: Scope, *, invitation: Invitation, at: datetime) -> Invitation:
    """Send one invitation again, e.g. after its address was corrected. Raises WaveError.

    In an anonymous wave it is sent whether or not there is an answer: a refusal would tell.
    """
    scope.require("waves.run", invitation.unit_id)
    invitation = Invitation.objects.select_related("contact", "customer", "wave__questionnaire_version").get(
        pk=invitation.pk
    )
    wave = invitation.wave
    if wave.state != Wave.State.OPEN:
        raise WaveError(_("“%(code)s” is not open.") % {"code": wave.code})
    if invitation.answered and not wave.anonymous:
        raise WaveError(_("This invitation has been answered already."))
    contact = invitation.contact
    reason = ""
    if contact is None or not contact.email:
        reason = "no_address"
    elif contact.opted_out_at is not None or invitation.state == State.OPTED_OUT:
        reason = "opted_out"
    elif contact.bounced_at is not None:
        reason = "bounced"
    if reason:
        raise WaveError(_("This cannot be sent: %(reason)s.") % {"reason": WHY_NOT[reason]})
    start = f"invitation:{invitation.pk}:again:"
    number = OutgoingMail.objects.filter(reference__startswith=start).count() + 1
    mails, _gone = _compose(wave, [(invitation, f"{start}{number}", False)])
    queue_mails(scope, mails=mails, not_before=first_moment(at), at=at)
    days = wave.reminder_days
    Invitation.objects.filter(pk=invitation.pk, state=State.BOUNCED).update(
        state=State.SENT,
        sent_at=at,
        next_reminder_at=at + timedelta(days=days[0]) if days and not invitation.answered else None,
        reminders_sent=0,
    )
    _publish_sent(scope, invitation, reminder=False, at=at)
    invitation.refresh_from_db()
    return invitation


@transaction.atomic
def invite_late(scope: Scope, *, wave: Wave, customer: Customer, at: datetime) -> Invitation:
    """Ask one customer of the ledger after all. Raises WaveError.

    Fatigue and audience do not stand in the way of a person's decision; opt-out and dead addresses do. The
    invitation weighs 1, as it was not drawn.
    """
    scope.require("waves.run", customer.unit_id)
    if wave.state != Wave.State.OPEN:
        raise WaveError(_("“%(code)s” is not open.") % {"code": wave.code})
    entry = NotAsked.objects.filter(wave=wave, customer=customer).first()
    found = next((c for c in candidates(wave.unit, only=customer.pk)), None)
    if found is None:
        raise WaveError(_("“%(name)s” does not belong to the wave's unit.") % {"name": customer.name})
    if wave.invitations.filter(customer=customer).exists():
        raise WaveError(_("“%(name)s” was invited already.") % {"name": customer.name})
    verdict = judge(found, Audience(), asked_since=None)
    if verdict.contact is None:
        raise WaveError(_("This cannot be sent: %(reason)s.") % {"reason": WHY_NOT[verdict.reason]})
    invitation = new_invitation(wave, Chosen(found, verdict.contact, 1.0), answer_languages(wave), at)
    invitation.save()
    if entry is not None:
        entry.delete()
    Contact.objects.filter(pk=verdict.contact.id).update(last_invited_at=at)
    queue_invitations(scope, wave=wave, after=invitation.pk - 1, limit=1, at=at)
    return invitation
