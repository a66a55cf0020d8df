"""Settings: the categories complaints are sorted into."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from manyi.complaints.forms_categories import CategoryForm
from manyi.complaints.models import Category
from manyi.complaints.services import categories as services
from manyi.complaints.views.found import now
from manyi.scope import NotAllowed
from manyi.web.errors import Refused
from manyi.web.http import Request

SETS = (
    ("manufacturing", gettext_lazy("Manufacturing")),
    ("services", gettext_lazy("Services")),
)


@login_required
def categories(request: Request) -> HttpResponse:
    """All categories in their groups; add one, or a shipped set."""
    if not services.may_manage(request.scope):
        raise NotAllowed(services.RIGHT)
    form = CategoryForm(None)
    if request.method == "POST":
        try:
            if industry := request.POST.get("industry"):
                added = services.install_categories(request.scope, industry=industry, at=now())
                messages.success(
                    request,
                    ngettext("%(n)d category added.", "%(n)d categories added.", added) % {"n": added},
                )
                return redirect("complaint-categories")
            form = CategoryForm(request.POST)
            if form.is_valid():
                services.add_category(request.scope, at=now(), **form.values())
                return redirect("complaint-categories")
        except Refused as error:
            form.add_error("code", str(error))
        except ValidationError as error:
            form.add_error(None, error.messages)  # type: ignore[arg-type]
    groups = Category.objects.filter(parent=None).prefetch_related("children")
    context = {"groups": groups, "form": form, "sets": SETS, "tab": "categories"}
    return render(request, "complaints/categories/list.html", context, status=422 if form.errors else 200)


@login_required
def category(request: Request, pk: int) -> HttpResponse:
    """Rename one, take it out of use, or use it again."""
    if not services.may_manage(request.scope):
        raise NotAllowed(services.RIGHT)
    row = get_object_or_404(Category, pk=pk)
    form = CategoryForm(request.POST or None, category=row)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_category(
                request.scope,
                category=row,
                at=now(),
                name=form.values()["name"],
                active=request.POST.get("active") == "on",
            )
        except Refused as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("complaint-categories")
    context = {"category": row, "form": form}
    return render(request, "complaints/categories/edit.html", context, status=422 if form.errors else 200)
