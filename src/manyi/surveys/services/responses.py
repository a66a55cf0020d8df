"""Receiving answers: drafts, submission, wishes to be called, quality flags.

What is stored of an anonymous wave
-----------------------------------
The response has a random key, no invitation, customer or owner, no attributes, and only so much of unit,
segment, tier and weight as `surveys.anonymity` allows; its time, and that of its event, is cut to the day.
The invitation only learns `answered`. No draft is kept, no session is made, nothing is logged. So no column
of any table joins a person to a response, and no order on the side of the people could be matched with the
order of the responses.

What remains, below the columns. SQLite numbers the rows of a table by insertion, and events are numbered, so
that the *order* of the responses is known, but the invitations keep theirs from the sending and carry no
order of answering; the write-ahead log holds both changes of a commit until it is overwritten. PostgreSQL
writes the transaction's number (`xmin`) into both rows: therefore each submission rewrites up to DECOYS
answered invitations of the wave in the same transaction, so that the number points to all of them, not one;
for the first few answers of a wave the group is small. Backups and write-ahead archives taken between two
answers can be compared. Whoever may read the disk of a running server could also read the answers as they
arrive; against that only a second organisation in charge of the mailing helps.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, connection, transaction
from django.db.models import Count, TextField
from django.db.models.functions import Cast
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from manyi.events import catalogue
from manyi.events.services import publish
from manyi.people.services import organisation
from manyi.scope import Scope
from manyi.surveys import anonymity, flags
from manyi.surveys.answers import Problem, as_posted, check, sniff
from manyi.surveys.models import CallbackWish, Invitation, QuestionnaireVersion, Response, ResponseDraft, Wave
from manyi.surveys.questionnaire import Form, parse
from manyi.surveys.services.about import index_of
from manyi.web.errors import Refused

DECOYS = 200
FILE_MAX_BYTES = 10 * 1024 * 1024
RESPONDENT = Scope.nobody()

MESSAGES = {
    "required": _("Please answer this question."),
    "choice": _("Please choose one of the answers offered."),
    "exclusive": _("“%(option)s” cannot be combined with other answers."),
    "too_long": _("At most %(max)s characters, please; there are %(length)s."),
    "characters": _("This text holds a character that cannot be stored; please remove it."),
    "other": _("Please say what “other” is."),
    "number": _("Please enter a number, for example 12 or 3.5."),
    "too_low": _("The number must be at least %(min)s."),
    "too_high": _("The number must be at most %(max)s."),
    "date": _("Please enter a date as year-month-day, for example 2026-03-31."),
    "rank_twice": _("Rank %(rank)s is given twice; each rank can be given once."),
    "file_type": _("Please choose a picture (JPEG, PNG, GIF, WebP) or a PDF file."),
    "file_size": _("The file is too large; at most %(max)s MB, please."),
}
REFUSALS = {
    "not_open": _("This survey is not open yet."),
    "closed": _("This survey is closed."),
    "opted_out": _("This person does not want to be asked."),
    "already_answered": _("This invitation has been answered already."),
    "anonymous": _("In an anonymous wave only the respondent’s own page may answer an invitation."),
}


class ResponseRefused(Refused):
    """An answer that cannot be taken, whatever it says. `code` is a key of REFUSALS."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(str(REFUSALS[code]))


class AnswersInvalid(ValueError):
    """Answers that do not fit the questionnaire; nothing was stored."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("; ".join(f"{p.column}: {message(p)}" for p in problems))


def message(problem: Problem, language: str = "en") -> str:
    """The problem in words of the active language; `language` picks the texts of the questionnaire."""
    values = {
        name: (value.get(language) or next(iter(value.values()), "")) if isinstance(value, Mapping) else value
        for name, value in problem.values.items()
    }
    values = {n: int(v) if isinstance(v, float) and v.is_integer() else v for n, v in values.items()}
    return str(MESSAGES[problem.code]) % values


@lru_cache(maxsize=64)
def _parsed(definition: str) -> Form:
    return parse(json.loads(definition))


def form_of(wave: Wave) -> Form:
    """The questionnaire of a wave. Raises ResponseRefused for a wave that has none to answer.

    Reading and checking a definition takes longer than storing a response, so the last ones are kept, by
    their text: what is kept cannot be out of date.
    """
    if wave.questionnaire_version_id is None:
        raise ResponseRefused("closed")
    versions = QuestionnaireVersion.objects.filter(pk=wave.questionnaire_version_id)
    return _parsed(versions.values_list(Cast("definition", TextField()), flat=True).get())


def refusal(wave: Wave, invitation: Invitation | None, at: datetime) -> str | None:
    """Why no answer can be taken now, as a key of REFUSALS; None when it can."""
    if invitation is not None and invitation.answered:
        return "already_answered"
    if wave.state == Wave.State.CLOSED or (wave.closes_at is not None and wave.closes_at <= at):
        return "closed"
    if wave.state != Wave.State.OPEN or wave.source != Wave.Source.FIELDED:
        return "not_open"
    if invitation is not None and invitation.state == Invitation.State.OPTED_OUT:
        return "opted_out"
    return None


def _day(at: datetime) -> datetime:
    """Midnight of the local day."""
    return timezone.localtime(at).replace(hour=0, minute=0, second=0, microsecond=0)


def note_opened(*, invitation: Invitation, at: datetime) -> None:
    """Remember the first time a personal link was opened; never in an anonymous wave."""
    if not invitation.wave.anonymous and invitation.opened_at is None:
        Invitation.objects.filter(pk=invitation.pk, opened_at=None).update(opened_at=at)


def save_draft(
    *, wave: Wave, token: str, answers: Mapping[str, Any], section: str, language: str, started_at: datetime
) -> None:
    """Keep the answers of somebody under way. Raises ValueError in an anonymous wave."""
    if wave.anonymous:
        raise ValueError("an anonymous wave keeps no drafts")
    ResponseDraft.objects.update_or_create(
        token=token,
        defaults={"wave": wave, "answers": dict(answers), "section": section, "language": language},
        create_defaults={
            "wave": wave, "answers": dict(answers), "section": section, "language": language,
            "started_at": started_at,
        },
    )  # fmt: skip


def store_file(*, wave: Wave, upload: UploadedFile[Any], at: datetime) -> str:
    """Keep an uploaded file under a random name in the data folder and return that name.

    The sender's file name is dropped and never used. Raises ValueError with a key of MESSAGES:
    'file_size', 'file_type'.
    """
    if (upload.size or 0) > FILE_MAX_BYTES:
        raise ValueError("file_size")
    ending = sniff(upload.read(16))
    if ending is None:
        raise ValueError("file_type")
    folder = Path(settings.MEDIA_ROOT) / "responses"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"{secrets.token_hex(16)}.{ending}"
    upload.seek(0)
    with path.open("xb") as target:
        for chunk in upload.chunks():
            target.write(chunk)
    if wave.anonymous:
        day = _day(at).timestamp()
        os.utime(path, (day, day))
    return path.name


def _frozen(wave: Wave, invitation: Invitation | None) -> dict[str, Any]:
    """What a response keeps of its invitation, as it was when the person was asked."""
    if invitation is None:
        return {"unit_id": wave.unit_id}
    if not wave.anonymous:
        names = (
            "customer_id",
            "unit_id",
            "owner_id",
            "tier",
            "segment",
            "attributes",
            "weight",
        )
        return {"invitation": invitation, **{name: getattr(invitation, name) for name in names}}
    unreachable = (Invitation.State.BOUNCED, Invitation.State.OPTED_OUT)
    invited = wave.invitations.exclude(state__in=unreachable).order_by().values(*anonymity.FIELDS)
    invited = invited.annotate(people=Count("pk"))
    person = {name: getattr(invitation, name) for name in anonymity.FIELDS}
    kept = anonymity.recorded(person, list(invited), organisation().anonymity_minimum)
    return {"unit_id": wave.unit_id, **kept}


def _claim(wave: Wave, invitation: Invitation, at: datetime) -> None:
    """Mark the invitation as answered, once: of two tabs that submit together the second is refused."""
    open_ones = Invitation.objects.filter(pk=invitation.pk, answered=False)
    open_ones = open_ones.exclude(state=Invitation.State.OPTED_OUT)
    when = None if wave.anonymous else at
    if not open_ones.update(answered=True, answered_at=when, next_reminder_at=None):
        now = Invitation.objects.get(pk=invitation.pk)
        raise ResponseRefused("already_answered" if now.answered else "opted_out")
    if wave.anonymous and connection.vendor == "postgresql":
        others = wave.invitations.filter(answered=True).order_by("?").values_list("pk", flat=True)
        decoys = list(others.select_for_update(skip_locked=True)[:DECOYS])
        Invitation.objects.filter(pk__in=decoys).update(answered=True)


@transaction.atomic
def submit_response(
    *,
    wave: Wave,
    invitation: Invitation | None = None,
    answers: Mapping[str, Any],
    language: str,
    channel: str,
    started_at: datetime | None,
    at: datetime,
    visitor: str | None = None,
    key: UUID | None = None,
) -> Response:
    """Store one response and publish `response.submitted`.

    `answers` by column; those of questions hidden by the others are dropped. `visitor` is the token of a
    draft to delete. `key` is the response's key where the caller wants a second submission of the same form
    to be recognised. Raises ResponseRefused (closed, not open, opted out, answered already) and
    AnswersInvalid; either way nothing is stored.
    """
    wave = Wave.objects.get(pk=wave.pk)
    if invitation is not None and invitation.wave_id != wave.pk:
        raise ValueError("the invitation belongs to another wave")
    reason = refusal(wave, None, at)
    if reason:
        raise ResponseRefused(reason)
    form = form_of(wave)
    checked = check(form, as_posted(form, answers))
    if checked.problems:
        raise AnswersInvalid(checked.problems)
    if invitation is not None:
        _claim(wave, invitation, at)
    seconds = None if started_at is None else max(0, min(int((at - started_at).total_seconds()), 2**31 - 1))
    day = _day(at) if wave.anonymous else at
    response = Response(
        id=key or uuid4(), wave=wave, answers=checked.answers, language=language, channel=channel,
        seconds=seconds, submitted_at=day, **_frozen(wave, invitation),
        flags=flags.flags_of(form, checked.answers, seconds, flags.estimated_seconds(form, checked.answers)),
    )  # fmt: skip
    try:
        with transaction.atomic():
            response.save(force_insert=True)
    except IntegrityError:
        raise ResponseRefused("already_answered") from None
    if visitor:
        ResponseDraft.objects.filter(token=visitor).delete()
    publish(
        RESPONDENT,
        catalogue.ResponseSubmitted(
            subject_id=str(wave.pk),
            unit_id=response.unit_id,
            response_id=str(response.pk),
            customer_id=response.customer_id,
            **_about(response),
        ),
        at=day,
    )
    _tell_low_score(wave, response, at=day)
    return response


def _tell_low_score(wave: Wave, response: Response, *, at: datetime) -> None:
    """Publish an index under the wave's threshold; not for a follow-up, which has its own way back."""
    if wave.anonymous or wave.complaint_below is None or response.customer_id is None:
        return
    if response.invitation is not None and response.invitation.about:
        return
    score = index_of(response)
    if score is not None and score < wave.complaint_below:
        publish(
            RESPONDENT,
            catalogue.LowScore(
                subject_id=str(wave.pk), unit_id=response.unit_id, response_id=str(response.pk),
                customer_id=response.customer_id, score=score,
            ),
            at=at,
        )  # fmt: skip


def _about(response: Response) -> dict[str, Any]:
    """What the invitation was about, and the score for whoever asked; nothing for ordinary waves."""
    if response.invitation is None or not response.invitation.about:
        return {}
    return {"about": response.invitation.about, "score": index_of(response)}


def record_response(
    scope: Scope,
    *,
    wave: Wave,
    invitation: Invitation | None = None,
    answers: Mapping[str, Any],
    language: str,
    started_at: datetime | None,
    at: datetime,
    key: UUID | None = None,
) -> Response:
    """A response that another channel (a kiosk, a chat, a call centre) took. Needs `waves.run` for the wave.

    In an anonymous wave without an invitation only: the other channel, and the idempotency key of the API,
    would know who gave which answers.
    """
    scope.require("waves.run", wave.unit_id)
    if wave.anonymous and invitation is not None:
        raise ResponseRefused("anonymous")
    return submit_response(
        wave=wave, invitation=invitation, answers=answers, language=language, channel=Response.Channel.API,
        started_at=started_at, at=at, key=key, visitor=invitation.token if invitation else None,
    )  # fmt: skip


@transaction.atomic
def wish_callback(
    *, wave: Wave, response: Response | None, name: str, phone: str, wish: str, at: datetime
) -> CallbackWish:
    """Note that a respondent wants to be called, once; a repeated wish changes nothing.

    In an anonymous wave the wish stays apart: no response, no time of day, and no event, because the event's
    number would stand right behind that of the response.
    """
    if wave.anonymous:
        response, at = None, _day(at)
    known = CallbackWish.objects.filter(wave=wave)
    known = known.filter(response=response) if response else known.filter(name=name, phone=phone)
    found = known.first()
    if found is not None:
        return found
    unit_id = response.unit_id if response else wave.unit_id
    row = CallbackWish.objects.create(
        wave=wave, response=response, unit_id=unit_id, name=name, phone=phone, wish=wish, created_at=at
    )
    if not wave.anonymous:
        publish(
            RESPONDENT,
            catalogue.CallbackWished(
                subject_id=str(wave.pk), unit_id=unit_id, wish_id=row.pk,
                response_id=str(response.pk) if response else "",
                customer_id=response.customer_id if response else None,
            ),
            at=at,
        )  # fmt: skip
    return row


@transaction.atomic
def flag_wave(*, wave: Wave) -> int:
    """Flag all responses of a wave again, now that its median time and all answers are known.

    Returns how many rows changed. Safe to repeat.
    """
    form = form_of(wave)
    rows = list(wave.responses.only("pk", "answers", "seconds", "flags"))
    twice = flags.duplicates(form, [row.answers for row in rows])
    times = [row.seconds for row in rows]
    changed = []
    enough = sum(t is not None for t in times) >= flags.FEWEST_TIMES
    usual = flags.usual_seconds(times, 0.0) if enough else 0.0
    for row, duplicate in zip(rows, twice, strict=True):
        expected = usual or flags.estimated_seconds(form, row.answers)
        found = flags.flags_of(form, row.answers, row.seconds, expected)
        found += [flags.DUPLICATE] if duplicate else []
        if found != row.flags:
            row.flags = found
            changed.append(row)
    Response.objects.bulk_update(changed, ["flags"], batch_size=500)
    return len(changed)
