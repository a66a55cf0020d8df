"""Filling in the sheet of an audit or a mystery visit, check by check, until it is handed in and stays."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime
from typing import Any, TypeVar, cast

from django.core.files.base import ContentFile
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from manyi.scope import NotAllowed, Scope
from manyi.standards import photographs
from manyi.standards.models import Audit, AuditMark, AuditPhoto, MysteryVisit, Scale, VisitMark, VisitPhoto
from manyi.standards.models.checks import Mark
from manyi.standards.scoring import Score, score
from manyi.web.errors import Refused

AnyRound = Audit | MysteryVisit
R = TypeVar("R", bound=Audit | MysteryVisit)
AnyMark = AuditMark | VisitMark
AnyPhoto = AuditPhoto | VisitPhoto
PHOTOS = 5


def whose(row: AnyRound) -> int:
    """Id of the person who fills it in."""
    return row.auditor_id if isinstance(row, Audit) else row.visitor_id


def claim(scope: Scope, row: R) -> R:
    """The round, locked, for the one whose it is. Raises NotAllowed for others, Refused once handed in."""
    locked = cast(R, type(row).objects.select_for_update().get(pk=row.pk))
    if scope.user_id is None or scope.user_id != whose(locked):
        raise NotAllowed("standards.rate")
    if not locked.is_open:
        raise Refused(_("This sheet was handed in or called off; it stays as it is."))
    return locked


def begin(row: AnyRound, at: datetime) -> bool:
    """Note that it is under way; returns whether that is new."""
    if row.started_at is not None:
        return False
    row.started_at, row.state = at, row.State.DOING
    row.save(update_fields=["started_at", "state"])
    return True


def write(
    scope: Scope, *, row: AnyRound, mark: AnyMark, value: float | None, not_applicable: bool, note: str
) -> AnyMark:
    """Keep one answer; neither value nor not applicable takes it back. Call inside a transaction.

    :raises Refused: for a value outside the check's scale, or a note without end.
    """
    if mark.round_id != row.pk:
        raise NotAllowed("standards.rate")
    value = None if not_applicable else value
    checked(mark, value)
    if len(note.strip()) > 1000:
        raise Refused(_("A note has at most 1000 characters."))
    mark.value, mark.not_applicable, mark.note = value, not_applicable, note.strip()
    mark.save(update_fields=["value", "not_applicable", "note"])
    return mark


def checked(mark: Mark, value: float | None) -> None:
    """Raises Refused for a value the check cannot have."""
    if value is None:
        return
    if not 0 <= value <= 100:
        raise Refused(_("“%(value)s” is not between 0 and 100.") % {"value": value})
    if mark.scale == Scale.YES_NO and value not in (0, 100):
        raise Refused(_("This check is answered by yes or no."))


def hand_in(row: AnyRound, at: datetime) -> Score:
    """Score the round and keep that with it; the caller saves. Raises Refused while answers are missing."""
    marks = list(row.marks.all())
    missing = sum(not mark.answered for mark in marks)
    if missing:
        raise Refused(_("Checks without an answer: %(n)s. Answer them, or say that they do not apply.") % {"n": missing})  # fmt: skip
    found = scored(marks)
    if found.value is None:
        raise Refused(_("No check applied, so there is nothing to hand in. Call it off instead."))
    row.score, row.low, row.high, row.checks, row.worth = (
        found.value,
        found.low,
        found.high,
        found.n,
        found.worth,
    )
    row.submitted_at = at
    return found


def scored(marks: Iterable[Mark], *, final: bool = False) -> Score:
    return score(mark.counted(final=final) for mark in marks)


@transaction.atomic
def add_photo(
    scope: Scope, *, row: AnyRound, mark: AnyMark, upload: UploadedFile[Any], at: datetime
) -> AnyPhoto:
    """Keep a picture with a check. Raises Refused for what is no picture, too large, or one too many."""
    locked = claim(scope, row)
    if mark.round_id != locked.pk:
        raise NotAllowed("standards.rate")
    if mark.photos.count() >= PHOTOS:
        raise Refused(_("A check has at most %(most)s photos.") % {"most": PHOTOS})
    picture = photographs.clean(upload, upload.name or "")
    name = f"{secrets.token_hex(16)}.jpg"
    photo: AnyPhoto = mark.photos.create(
        file=ContentFile(picture.content, name=name),
        name=f"{hashlib.sha256(picture.content).hexdigest()[:12]}.jpg",
        size=len(picture.content), width=picture.width, height=picture.height, taken_up_at=at,
    )  # fmt: skip
    return photo


@transaction.atomic
def remove_photo(scope: Scope, *, row: AnyRound, photo: AnyPhoto) -> None:
    """Take a picture back while the sheet is open; its file goes once that is certain."""
    claim(scope, row)
    storage, name = photo.file.storage, str(photo.file.name)
    photo.delete()
    transaction.on_commit(lambda: storage.delete(name))
