"""The public form `/complain/` and `/complain/<unit code>/`, for anybody, in both languages, without scripts.

It uses no CSRF cookie, because the browsers inside chat apps often block cookies, and nothing here acts with a
right that a cookie lends; `form_guard` keeps programs out.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_safe

from manyi.complaints import form_guard
from manyi.complaints.forms_web import PublicForm
from manyi.complaints.models import Complaint
from manyi.complaints.services import web_form
from manyi.people import public
from manyi.people.models import OrgUnit
from manyi.web import ratelimit
from manyi.web.errors import Refused

#: Complaints from one address in a minute: a family, an office, never a flood.
PER_ADDRESS = 10


def now() -> datetime:
    return timezone.now()  # noqa: TID251


def _unit(code: str) -> OrgUnit:
    units = OrgUnit.objects.filter(active=True)
    if code:
        return get_object_or_404(units, code__iexact=code)
    root = units.filter(parent=None).first()
    if root is None:
        raise Http404
    return root


@csrf_exempt
@require_http_methods(["GET", "HEAD", "POST"])
def complain(request: HttpRequest, code: str = "") -> HttpResponse:
    """Say what happened; afterwards the number and the address where it stands are shown."""
    refused = public.busy(request, "complain-page")
    if refused is not None:
        return refused
    unit, language = _unit(code), public.language(request)
    if request.method != "POST":
        return _show(request, unit, PublicForm())
    if ratelimit.exceeded("complain", ratelimit.client_address(request), limit=PER_ADDRESS):
        return public.busy(request, "complain", 0) or HttpResponse(status=429)
    with translation.override(public.CODES[language]):
        if _too_much(request):
            return _show(request, unit, PublicForm(), error=_("This is too much at once. Send fewer or smaller files."))  # fmt: skip
        posted, files = request.POST, request.FILES.getlist("files")
        form = PublicForm(posted)
        at = now()
        key = form_guard.key_of(posted.get("form", ""), at)
        if key is None or posted.get(form_guard.TRAP):
            form.is_valid()
            error = _("Please check what you wrote and send it once more.")
            return _show(request, unit, form, error=error)
        if not form.is_valid():
            return _show(request, unit, form, token=posted["form"])
        try:
            complaint = web_form.file_complaint(
                unit=unit, key=key, at=at, files=[(file.name or "", file) for file in files],
                language=public.CODES[language], **form.cleaned_data,
            )  # fmt: skip
        except (Refused, ValidationError) as problem:
            error = str(problem) if isinstance(problem, Refused) else " ".join(problem.messages)
            return _show(request, unit, form, error=error, token=posted["form"])
    response = HttpResponseRedirect(
        f"{reverse('complained', args=[complaint.number, complaint.secret])}?lang={language}"
    )
    response.status_code = 303
    return response


def _too_much(request: HttpRequest) -> bool:
    """Whether a post is larger than may be sent at all; judged before anything of it is read."""
    length = request.META.get("CONTENT_LENGTH") or "0"
    return not length.isdigit() or int(length) > settings.UPLOAD_MAX_BYTES


def _show(
    request: HttpRequest, unit: OrgUnit, form: PublicForm, *, error: str = "", token: str = ""
) -> HttpResponse:
    """The form; a token that was good stays, so that correcting a mistake makes no second complaint."""
    context = {
        "unit": unit, "form": form, "error": error, "token": token or form_guard.token(now()),
        "trap": form_guard.TRAP, "root": unit.parent_id is None, "files_again": request.method == "POST" and not _too_much(request) and bool(request.FILES),
    }  # fmt: skip
    status = 422 if error or form.errors else 200
    response = public.page(request, "complaints/web_form/form.html", context, status=status)
    response.headers["Cache-Control"] = "no-store"
    return response


@require_safe
def complained(request: HttpRequest, number: str, secret: str) -> HttpResponse:
    """Thank you: the number, the secret, and where to see how it goes."""
    complaint = get_object_or_404(Complaint, number=number, secret=secret)
    context = {
        "complaint": complaint,
        "address": request.build_absolute_uri(reverse("complaint-status", args=[number, secret])),
    }
    response = public.page(request, "complaints/web_form/thanks.html", context)
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
