"""Link, unlink, merge, split: from the page of a complaint."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from manyi.complaints.forms_settling import JoinForm, SplitForm
from manyi.complaints.models import Complaint
from manyi.complaints.queries import cases as queries
from manyi.complaints.services import joining as services
from manyi.complaints.views.found import found, now
from manyi.scope import Scope
from manyi.web.errors import Refused
from manyi.web.http import Request


def _other(scope: Scope, number: str) -> Complaint:
    row = queries.visible(scope).filter(number__iexact=number.strip()).first()
    if row is None:
        raise Refused(_("There is no complaint “%(number)s”.") % {"number": number.strip()[:40]})
    return row


def _checked(form: forms.Form) -> dict[str, str]:
    if not form.is_valid():
        name, errors = next(iter(form.errors.items()))
        label = form.fields[name].label if name in form.fields else ""
        raise Refused(f"{label}{_(': ')}{errors[0]}")
    return dict(form.cleaned_data)


@login_required
@require_POST
def join(request: Request, number: str) -> HttpResponse:
    """`action`: link, unlink, merge_page (what it means, before it is done), merge, split."""
    complaint = found(request.scope, number)
    scope, at, action = request.scope, now(), request.POST.get("action")
    goto = complaint.number
    try:
        match action:
            case "link":
                data = _checked(JoinForm(request.POST))
                other = _other(scope, data["other"])
                services.link(scope, complaint=complaint, other=other, kind=data["kind"], at=at)
            case "unlink":
                other = _other(scope, request.POST.get("other", ""))
                services.unlink(scope, complaint=complaint, other=other, at=at)
            case "merge_page":
                other = _other(scope, request.POST.get("other", ""))
                if other.pk == complaint.pk:
                    raise Refused(_("A complaint is not merged into itself."))
                context = {"complaint": complaint, "into": other}
                return render(request, "complaints/cases/merge.html", context)
            case "merge":
                other = _other(scope, request.POST.get("other", ""))
                services.merge(scope, complaint=complaint, into=other, at=at)
                goto = other.number
            case "split":
                made = services.split(scope, complaint=complaint, at=at, **_checked(SplitForm(request.POST)))
                goto = made.number
            case _:
                raise Refused(_("This step is not known."))
    except Refused as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Recorded."))
    return redirect("complaint", goto)
