"""The conversation on the page of a complaint: write, add files, say that the phone did it."""

from __future__ import annotations

from django.contrib import messages as notices
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from manyi.complaints.services import messages as services
from manyi.complaints.services.attachments import attach
from manyi.complaints.views.cases import found, now
from manyi.web.errors import Refused
from manyi.web.http import Request


def _back(number: str) -> HttpResponseRedirect:
    return HttpResponseRedirect(f"{reverse('complaint', args=[number])}#conversation")


@login_required
@require_POST
def send(request: Request, number: str) -> HttpResponse:
    complaint = found(request.scope, number)
    uploads = [(upload.name or "", upload) for upload in request.FILES.getlist("files")]
    try:
        message = services.send(
            request.scope,
            complaint=complaint,
            text=request.POST.get("text", ""),
            files=uploads,
            answers=request.POST.get("answers") == "on",
            at=now(),
        )
    except Refused as error:
        notices.error(request, str(error))
    else:
        by_mail = bool(message.mail_reference)
        notices.success(request, _("Sent by mail.") if by_mail else _("Put on the status page."))
    return _back(number)


@login_required
@require_POST
def acknowledged(request: Request, number: str) -> HttpResponse:
    services.acknowledge_by_phone(request.scope, complaint=found(request.scope, number), at=now())
    notices.success(request, _("Recorded."))
    return _back(number)


@login_required
@require_POST
def upload(request: Request, number: str) -> HttpResponse:
    """Internal files: the complainant does not see them."""
    complaint, at = found(request.scope, number), now()
    try:
        for file in request.FILES.getlist("files"):
            attach(request.scope, complaint=complaint, name=file.name or "", content=file, at=at)
    except Refused as error:
        notices.error(request, str(error))
    else:
        notices.success(request, _("Recorded."))
    return _back(number)
