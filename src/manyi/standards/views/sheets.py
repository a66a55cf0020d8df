"""The sheet somebody fills in at a unit, on a phone: one answer saved at a time. Audits and visits share it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from manyi.scope import NotAllowed
from manyi.standards import photographs
from manyi.standards.models import Scale
from manyi.standards.services import marking
from manyi.web.errors import Refused
from manyi.web.http import Request


def now() -> datetime:
    return timezone.now()  # noqa: TID251


@dataclass(frozen=True, slots=True)
class Door:
    """Where a kind of round lives: the beginning of its URL names, and the service that keeps one answer."""

    name: str
    keep: Callable[..., None]


def marks_of(row: marking.AnyRound) -> list[Any]:
    return list(row.marks.select_related("standard", "standard__touchpoint").prefetch_related("photos").all())


def _progress(marks: list[Any]) -> dict[str, int]:
    return {"answered": sum(mark.answered for mark in marks), "total": len(marks)}


def show(request: Request, door: Door, row: marking.AnyRound, key: object, **more: object) -> HttpResponse:
    """The sheet, for the one who fills it in."""
    if marking.whose(row) != request.scope.user_id:
        raise NotAllowed("standards.rate")
    if not row.is_open:
        return redirect(door.name, key)
    marks = marks_of(row)
    context = {
        "row": row, "key": key, "marks": marks, "door": door.name, "answer_url": f"{door.name}-answer",
        "photo_url": f"{door.name}-photos", "picture_url": f"{door.name}-photo", "accept": photographs.ACCEPT,
        "submit_url": reverse(f"{door.name}-submit", args=[key]), "most_photos": marking.PHOTOS, **_progress(marks), **more,
    }  # fmt: skip
    return render(request, "standards/checks/sheet.html", context)


def _value(mark: Any, post: QueryDict) -> tuple[float | None, bool]:
    """(value, not applicable) of what was sent. Raises Refused for a number that is none."""
    answer = post.get("answer", "")
    if answer == "na":
        return None, True
    if mark.scale == Scale.YES_NO:
        return {"yes": 100.0, "no": 0.0}.get(answer), False
    given = post.get("points", "").strip()
    if not given:
        return None, False
    try:
        return float(given), False
    except ValueError as error:
        raise Refused(_("“%(value)s” is not between 0 and 100.") % {"value": given[:20]}) from error


def answer(request: Request, door: Door, row: marking.AnyRound, key: object, pk: int) -> HttpResponse:
    """Keep one answer; the page's script gets a short word and the new count, a plain form the page again."""
    mark: Any = get_object_or_404(row.marks, pk=pk)
    error = ""
    try:
        value, not_applicable = _value(mark, request.POST)
        door.keep(
            request.scope, mark=mark, value=value, not_applicable=not_applicable,
            note=request.POST.get("note", ""), at=now(), **{door.name: row},
        )  # fmt: skip
    except Refused as refused:
        error = str(refused)
    if not request.htmx:
        if error:
            messages.error(request, error)
        return redirect(f"{reverse(f'{door.name}-sheet', args=[key])}#check-{pk}")
    context = {"error": error, "at": now(), **_progress(list(row.marks.all()))}
    return render(request, "standards/checks/_saved.html", context, status=422 if error else 200)


def photos(request: Request, door: Door, row: marking.AnyRound, key: object, pk: int) -> HttpResponse:
    """Add a picture to a check, or take one back."""
    mark: Any = get_object_or_404(row.marks, pk=pk)
    error = ""
    try:
        if request.POST.get("remove"):
            photo = get_object_or_404(
                mark.photos, pk=int(request.POST["remove"]) if request.POST["remove"].isdigit() else 0
            )
            marking.remove_photo(request.scope, row=row, photo=photo)
        elif request.FILES.get("photo"):
            marking.add_photo(request.scope, row=row, mark=mark, upload=request.FILES["photo"], at=now())  # type: ignore[arg-type]
        else:
            raise Refused(_("Choose a photo first."))
    except Refused as refused:
        error = str(refused)
    if not request.htmx:
        if error:
            messages.error(request, error)
        return redirect(f"{reverse(f'{door.name}-sheet', args=[key])}#check-{pk}")
    context = {
        "mark": mark, "key": key, "error": error, "photo_url": f"{door.name}-photos",
        "picture_url": f"{door.name}-photo", "accept": photographs.ACCEPT, "most_photos": marking.PHOTOS,
    }  # fmt: skip
    return render(request, "standards/checks/_photos.html", context, status=422 if error else 200)


def picture(model: Any, row: marking.AnyRound, pk: int) -> FileResponse:
    """A photo of a round the reader may see; nothing in it may run."""
    photo = get_object_or_404(model, pk=pk, mark__round=row)
    try:
        content = photo.file.open("rb")
    except FileNotFoundError as error:
        raise Http404 from error
    response = FileResponse(content, filename=photo.name, content_type="image/jpeg")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "no-store, private"
    return response
