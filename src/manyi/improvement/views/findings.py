"""Pages of findings: the list, one finding, raising one."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from manyi.events.models import Event
from manyi.improvement import forms, sources
from manyi.improvement.models import Finding
from manyi.improvement.queries import loop
from manyi.improvement.services import findings as services
from manyi.scope import Scope
from manyi.web.errors import Refused
from manyi.web.http import Request

PER_PAGE = 50


def now() -> datetime:
    return timezone.now()  # noqa: TID251


def found(scope: Scope, number: str) -> Finding:
    """The finding of an address, or 404, also for one out of sight."""
    try:
        return loop.finding(scope, number)
    except Finding.DoesNotExist as error:
        raise Http404 from error


@login_required
@require_safe
def findings(request: Request) -> HttpResponse:
    """What should improve, from any source; what is to be decided comes first."""
    request.scope.require("improvement.read")
    chosen = {name: request.GET.get(name, "")[:100] for name in ("state", "kind", "search")}
    rows = loop.findings(request.scope, **chosen)
    context = {
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "chosen": chosen,
        "filtered": any(chosen.values()),
        "states": Finding.State.choices,
        "kinds": Finding.Kind.choices,
        "may_edit": request.scope.may("improvement.edit"),
    }
    return render(request, "improvement/findings/list.html", context)


@login_required
@require_safe
def finding(request: Request, number: str) -> HttpResponse:
    row = found(request.scope, number)
    context = {
        "finding": row,
        "actions": loop.actions(request.scope).filter(finding=row),
        "options": row.options.select_related("decision"),
        "history": Event.objects.filter(subject_type="finding", subject_id=str(row.pk)).order_by("-pk"),
        "may_edit": request.scope.may("improvement.edit", row.unit_id),
        "may_decide": request.scope.may("improvement.decide", row.unit_id),
        "is_open": row.state in (Finding.State.OPEN, Finding.State.ACTING),
    }
    return render(request, "improvement/findings/detail.html", context)


@login_required
def new_finding(request: Request) -> HttpResponse:
    """Noticed by somebody: raised by hand."""
    request.scope.require("improvement.edit")
    form = forms.FindingForm(request.scope, request.POST or None)
    if request.method == "POST" and form.is_valid():
        row = services.raise_finding(request.scope, at=now(), **form.cleaned_data)
        messages.success(request, _("The finding was raised. Plan what is done about it."))
        return redirect("finding", row.number)
    return render(
        request, "improvement/findings/form.html", {"form": form}, status=422 if form.errors else 200
    )


@login_required
@require_POST
def raise_(request: Request) -> HttpResponse:
    """The button of any page: what it stands for becomes a finding, or leads to the one that is open."""
    scope, post = request.scope, request.POST
    scope.require("improvement.edit")
    try:
        source = sources.look_up(scope, post.get("kind", "")[:30], post.get("key", "")[:300], now())
        row, new = services.raise_from(scope, source=source, at=now())
    except Refused as error:
        messages.error(request, str(error))
        back = request.headers.get("Referer", "")
        safe = url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure())
        return redirect(back if safe else "findings")
    if new:
        messages.success(request, _("The finding was raised. Plan what is done about it."))
    else:
        messages.info(request, _("This finding is open already."))
    return redirect("finding", row.number)


@login_required
@require_POST
def act(request: Request, number: str) -> HttpResponse:
    """Dismiss or open again, with the reason."""
    row, reason = found(request.scope, number), request.POST.get("reason", "")
    try:
        match request.POST.get("action"):
            case "dismiss":
                services.dismiss(request.scope, finding=row, reason=reason, at=now())
            case "reopen":
                services.reopen(request.scope, finding=row, reason=reason, at=now())
            case _:
                raise Refused(_("This step is not known."))
    except (Refused, ValidationError) as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Recorded."))
    return redirect("finding", row.number)
