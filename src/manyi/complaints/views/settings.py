"""Settings of complaints: one page that leads to all of them; authority limits; letters; first contact."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from manyi.complaints import letters as places
from manyi.complaints.forms_settling import LimitForm, TemplateForm
from manyi.complaints.models import LetterTemplate
from manyi.complaints.queries import proposals as queries
from manyi.complaints.services import first_contact, letters, proposals
from manyi.customers.models import AuthorityLimit
from manyi.web.http import Request

#: (URL name, icon, title, what it is for); one whose URL does not exist is left out.
PAGES = (
    ("complaint-categories", "tags", gettext_lazy("Categories of complaints"), gettext_lazy("What complaints are about.")),
    ("clock-policies", "clock", gettext_lazy("Time limits"), gettext_lazy("How long each step may take, and who is told.")),
    ("calendars", "calendar", gettext_lazy("Business calendars"), gettext_lazy("When we are open; holidays and make-up workdays.")),
    ("routing-rules", "route", gettext_lazy("Routing rules"), gettext_lazy("Who gets a new complaint.")),
    ("authority-limits", "coin", gettext_lazy("Authority limits"), gettext_lazy("Up to what somebody may give alone.")),
    ("letter-templates", "file-text", gettext_lazy("Letter templates"), gettext_lazy("The texts of decision letters.")),
    ("mailbox", "inbox", gettext_lazy("Mailbox"), gettext_lazy("Mails that came in, and what became of them.")),
)  # fmt: skip


@login_required
def overview(request: Request) -> HttpResponse:
    """All settings of complaints, and the rule of first-contact resolution."""
    request.scope.require("complaints.manage")
    rules = first_contact.rules()
    if request.method == "POST":
        given = request.POST.get("first_contact_hours", "")
        try:
            first_contact.change_rules(
                request.scope, first_contact_hours=int(given) if given.isdecimal() else 0
            )
        except ValidationError:
            messages.error(request, _("Give a number of hours from 1 to 720."))
        else:
            messages.success(request, _("Saved."))
        return redirect("complaint-settings")
    pages = []
    for name, icon, title, text in PAGES:
        try:
            pages.append({"url": reverse(name), "icon": icon, "title": title, "text": text})
        except NoReverseMatch:
            continue
    return render(request, "complaints/settings/overview.html", {"pages": pages, "rules": rules})


@login_required
def limits(request: Request, pk: int | None = None) -> HttpResponse:
    """Authority limits, with the form of a new or of one of them."""
    scope = request.scope
    scope.require("complaints.manage")
    row = get_object_or_404(queries.limits(scope), pk=pk) if pk else AuthorityLimit()
    form = LimitForm(request.POST or None, instance=row, scope=scope)
    if request.method == "POST" and form.is_valid():
        proposals.set_limit(scope, limit=form.save(commit=False))
        messages.success(request, _("Saved."))
        return redirect("authority-limits")
    context = {"limits": queries.limits(scope), "form": form, "row": row if pk else None}
    return render(request, "complaints/settings/limits.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def drop_limit(request: Request, pk: int) -> HttpResponse:
    scope = request.scope
    proposals.drop_limit(scope, limit=get_object_or_404(queries.limits(scope), pk=pk))
    messages.success(request, _("Deleted."))
    return redirect("authority-limits")


@login_required
def templates(request: Request) -> HttpResponse:
    request.scope.require("complaints.manage")
    return render(request, "complaints/letters/templates.html", {"templates": letters.templates()})


@login_required
def template(request: Request, pk: int | None = None) -> HttpResponse:
    """One letter template in both languages."""
    scope = request.scope
    scope.require("complaints.manage")
    row = get_object_or_404(LetterTemplate, pk=pk) if pk else LetterTemplate()
    form = TemplateForm.of(row, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            letters.save_template(scope, template=form.write(row))
        except ValidationError as error:
            form.place(error.message_dict)
        else:
            messages.success(request, _("Saved."))
            return redirect("letter-templates")
    context: dict[str, Any] = {"form": form, "row": row, "places": places.PLACES}
    status = 422 if form.errors else 200
    return render(request, "complaints/letters/template.html", context, status=status)
