"""Making a promise within one's authority, and saying what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import PurePath
from typing import IO, Any

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from manyi.customers import due, subjects
from manyi.customers.authority import limit_of, who_may
from manyi.customers.models import Promise
from manyi.customers.services_authority import shipped_limits
from manyi.events import catalogue
from manyi.events.services import publish
from manyi.messaging.services import queue_mail
from manyi.people.access import scope_of
from manyi.people.business_time import Calendar
from manyi.people.models import BusinessCalendar, OrgUnit, User
from manyi.people.queries_calendars import counting
from manyi.people.services import first_moment, organisation
from manyi.scope import NotAllowed, Scope
from manyi.web.errors import Refused

State = Promise.State
FILE_TYPES = frozenset({".pdf", ".png", ".jpg", ".jpeg", ".heic", ".webp", ".txt", ".eml", ".docx", ".xlsx"})
MAX_FILE_BYTES = 20 * 1024 * 1024
#: Right that settles a promise besides those who made it or do it.
RIGHT = "promises.edit"
MOST_NAMED = 5


@dataclass(frozen=True, slots=True)
class Evidence:
    """What shows that a promise was kept, or why not: words, and perhaps a file with its name."""

    text: str = ""
    file: IO[bytes] | File[Any] | None = None
    name: str = ""
    size: int = 0


def calendar() -> Calendar:
    """The organisation's standard calendar, else office hours."""
    row = BusinessCalendar.objects.filter(code="standard").first()
    return counting(row) if row is not None else due.office_hours(settings.TIME_ZONE)


def _line(text: str, most: int = 500) -> str:
    return " ".join(text.replace("\0", "").split())[:most]


def _published(scope: Scope, promise: Promise, change: str, at: datetime) -> None:
    event = catalogue.PromiseChanged(
        subject_id=str(promise.pk), unit_id=promise.unit_id, change=change, about=promise.subject,
        customer_id=promise.customer_id,
    )  # fmt: skip
    publish(scope, event, at=at)


def check_authority(scope: Scope, *, unit: OrgUnit, kind: str, amount: Decimal | None, currency: str) -> None:
    """Raise Refused when this goes beyond what the person may promise here; the message names who may."""
    if scope.user_id is None:
        return
    shipped_limits()
    limit = limit_of(User.objects.get(pk=scope.user_id), unit, currency)
    if limit is not None and kind in limit.forbidden:
        raise Refused(
            _("You may not promise this here: %(kind)s. %(who)s")
            % {"kind": Promise.Kind(kind).label, "who": _who(unit, kind, amount, currency)}
        )
    most = limit.per_case if limit is not None else Decimal(0)
    if amount is not None and amount > most:
        raise Refused(
            _("You may promise up to %(most)s %(currency)s here; this is %(amount)s. %(who)s")
            % {
                "most": most,
                "amount": amount,
                "currency": currency,
                "who": _who(unit, kind, amount, currency),
            }
        )


def _who(unit: OrgUnit, kind: str, amount: Decimal | None, currency: str) -> str:
    able = who_may(unit, amount or Decimal(0), currency, kind)
    names = [user.get_full_name() for user in able if scope_of(user).may(RIGHT, unit.pk)][:MOST_NAMED]
    if not names:
        return _("Nobody may, as the limits are set.")
    return _("Ask: %(names)s.") % {"names": _(", ").join(names)}


@transaction.atomic
def make_promise(
    scope: Scope,
    *,
    subject: str,
    text: str,
    due_at: datetime,
    owner: User | None = None,
    kind: str = Promise.Kind.OTHER,
    amount: Decimal | None = None,
    currency: str = "CNY",
    at: datetime,
) -> Promise:
    """Record what a customer was told. `owner` does it, by default whoever makes the promise.

    Raises Refused (nothing said, due in the past, beyond one's authority), UnknownSubject, NotAllowed.
    """
    about = subjects.find(scope, subject)
    scope.require(RIGHT, about.unit.pk)
    text = _line(text)
    if not text:
        raise Refused(_("Say what you promised."))
    if due_at <= at:
        raise Refused(
            _("A promise is due in the future; %(due)s is over.")
            % {"due": f"{timezone.localtime(due_at):%Y-%m-%d %H:%M}"}
        )
    check_authority(scope, unit=about.unit, kind=kind, amount=amount, currency=currency)
    doer = owner or User.objects.filter(pk=scope.user_id or 0).first()
    if doer is None:
        raise Refused(_("Say who does what was promised."))
    promise = Promise.objects.create(
        customer=about.customer, contact=about.contact, subject=subject, unit=about.unit, kind=kind, text=text,
        made_by_id=scope.user_id, owner=doer, made_at=at, due_at=due_at,
        remind_at=due.remind_of(at, due_at, calendar()), amount=amount, currency=currency,
    )  # fmt: skip
    _published(scope, promise, "made", at)
    return promise


def _require_settler(scope: Scope, promise: Promise) -> None:
    own = scope.user_id is not None and scope.user_id in (promise.owner_id, promise.made_by_id)
    if not (own or scope.may(RIGHT, promise.unit_id)):
        raise NotAllowed(RIGHT)


def _settle(
    scope: Scope, promise: Promise, state: State, evidence: Evidence, done_at: datetime | None, at: datetime
) -> Promise:
    """Compare-and-set from open; the second of two who settle at once is told."""
    _require_settler(scope, promise)
    words = evidence.text.replace("\0", "").strip()[:4000]
    if not words and evidence.file is None:
        raise Refused(
            _("Say how one can see that it was done, or attach a file.")
            if state == State.KEPT
            else _("Say why, so that one can learn from it.")
        )
    name = _checked_name(evidence)
    changed = Promise.objects.filter(pk=promise.pk, state=State.OPEN).update(
        state=state, settled_at=at, settled_by_id=scope.user_id, done_at=done_at, evidence=words
    )
    if not changed:
        raise Refused(_("This promise was settled already."))
    promise.refresh_from_db()
    if evidence.file is not None:
        promise.evidence_name = name
        promise.evidence_file.save(f"{promise.pk}{PurePath(name).suffix.lower()}", File(evidence.file))
    _published(scope, promise, state, at)
    return promise


def _checked_name(evidence: Evidence) -> str:
    if evidence.file is None:
        return ""
    name = PurePath(evidence.name.replace("\\", "/")).name[-200:]
    if PurePath(name).suffix.lower() not in FILE_TYPES:
        raise Refused(
            _("“%(name)s” cannot be kept; these types can: %(types)s.")
            % {"name": name, "types": ", ".join(sorted(FILE_TYPES))}
        )
    if evidence.size > MAX_FILE_BYTES:
        raise Refused(
            _("The file has %(size)d MB; %(limit)d MB are allowed.")
            % {"size": evidence.size // 2**20 + 1, "limit": MAX_FILE_BYTES // 2**20}
        )
    return name


@transaction.atomic
def keep_promise(
    scope: Scope,
    *,
    promise: Promise,
    evidence: Evidence,
    done_at: datetime | None = None,
    message: str = "",
    tell: bool = True,
    at: datetime,
) -> Promise:
    """It was done, at `done_at` (now unless given). The customer is told by mail, once, with `message` in it.

    Raises Refused (no evidence, settled already, a time that cannot be), NotAllowed.
    """
    done = done_at or at
    if not promise.made_at <= done <= at:
        raise Refused(
            _("It was done between the promise and now; %(time)s is not.")
            % {"time": f"{timezone.localtime(done):%Y-%m-%d %H:%M}"}
        )
    promise = _settle(scope, promise, State.KEPT, evidence, done, at)
    if tell:
        tell_kept(scope, promise=promise, message=message, at=at)
    return promise


@transaction.atomic
def break_promise(scope: Scope, *, promise: Promise, evidence: Evidence, at: datetime) -> Promise:
    """It was not done and will not be in time."""
    return _settle(scope, promise, State.BROKEN, evidence, None, at)


@transaction.atomic
def withdraw_promise(scope: Scope, *, promise: Promise, evidence: Evidence, at: datetime) -> Promise:
    """The customer no longer wants it, or it was noted by mistake: it counts neither as kept nor as broken."""
    return _settle(scope, promise, State.WITHDRAWN, evidence, None, at)


def recipient(promise: Promise) -> tuple[str, str, str]:
    """Name, e-mail and language of whom to tell; the e-mail is '' when there is none that works."""
    contact = promise.contact
    if contact is not None and contact.email and contact.bounced_at is None:
        return contact.name, contact.email, contact.language
    try:
        about = subjects.find(Scope.system("who is told about a promise"), promise.subject)
    except subjects.UnknownSubject:
        return "", "", "zh-hans"
    bounced = about.contact is not None and about.contact.bounced_at is not None
    return about.name, "" if bounced else about.email, about.language


def tell_kept(scope: Scope, *, promise: Promise, message: str = "", at: datetime) -> bool:
    """Tell the customer that we did what we said; never twice. Returns whether there was an address."""
    name, email, language = recipient(promise)
    if not email:
        return False
    with translation.override(language):
        short = "en" if language.startswith("en") else "zh"
        house: Mapping[str, str] = organisation().name
        values = {
            "name": _line(name, 100), "text": promise.text, "made": f"{timezone.localtime(promise.made_at):%Y-%m-%d}",
            "organisation": house.get(short) or str(organisation()), "message": message.strip()[:2000],
        }  # fmt: skip
        subject = _("%(organisation)s: what we promised you is done") % values
        text = _("Dear %(name)s,\n\non %(made)s we promised you:\n\n%(text)s\n\nThis is done.") % values
        if values["message"]:
            text += "\n\n" + values["message"]
        text += "\n\n" + _("Please tell us if it is not as you expected.\n%(organisation)s") % values
    queue_mail(
        scope, reference=f"promise:{promise.pk}:kept", to=email, subject=_line(subject, 300), text=text,
        not_before=first_moment(at), at=at,
    )  # fmt: skip
    return True
