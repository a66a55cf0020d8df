"""Pages of the customer file: list with search, one customer with contacts and timeline."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from manyi.customers import forms, queries, queries_file, services
from manyi.customers.models import Customer
from manyi.scope import Scope
from manyi.warehouse.tabular import write_csv
from manyi.web.errors import Refused
from manyi.web.http import Request

#: Products and orders shown on the page.
SHOWN = 20


def _now() -> datetime:
    return timezone.now()  # noqa: TID251


def _customer(scope: Scope, pk: int, right: str = "customers.read") -> Customer:
    try:
        return queries.customer(scope, pk, right)
    except Customer.DoesNotExist as error:
        raise Http404 from error


def _filters(request: Request) -> forms.FilterForm:
    scope = request.scope
    return forms.FilterForm(request.GET, units=queries.units(scope), segments=queries.segments(scope))


@login_required
@require_safe
def customers(request: Request) -> HttpResponse:
    """All customers in sight; typing in the search box narrows the table."""
    request.scope.require("customers.read")
    form = _filters(request)
    rows = queries.customers(request.scope, **form.selection()).prefetch_related("contacts")
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    context = {
        "form": form, "page": page, "may_edit": request.scope.may("customers.edit"),
        "filtered": any(form.selection().values()),
    }  # fmt: skip
    template = "customers/rows.html" if request.htmx else "customers/list.html"
    return render(request, template, context)


@login_required
@require_safe
def export(request: Request) -> HttpResponse:
    """The filtered list as CSV; it can be imported again."""
    request.scope.require("customers.read")
    rows = queries.customers(request.scope, **_filters(request).selection())
    content = write_csv(queries.EXPORT_HEADER, queries.export_rows(rows))
    services.note_export(request.scope, rows=content.count(b"\r\n") - 1, at=_now())
    response = HttpResponse(content, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="customers.csv"'
    return response


@login_required
@require_safe
def customer(request: Request, pk: int) -> HttpResponse:
    """One customer: particulars, contacts, and what happened."""
    row = _customer(request.scope, pk)
    context = {
        "customer": row, "contacts": row.contacts.all(), "products": row.products.all()[:SHOWN],
        "orders": row.orders.all()[:SHOWN], "timeline": queries_file.timeline(request.scope, row), "now": _now(),
        "may_edit": request.scope.may("customers.edit", row.unit_id),
    }  # fmt: skip
    return render(request, "customers/detail.html", context)


@login_required
def new_customer(request: Request) -> HttpResponse:
    request.scope.require("customers.edit")
    units = queries.units(request.scope, "customers.edit")
    form = forms.CustomerForm(request.POST or None, units=units)
    if request.method == "POST" and form.is_valid():
        try:
            row = services.create_customer(request.scope, at=_now(), **form.cleaned_data)
        except Refused as error:
            form.add_error("code", str(error))
        else:
            messages.success(request, _("The customer was added. Add a contact who can be asked."))
            return redirect("new-contact", row.pk)
    return render(request, "customers/form.html", {"form": form}, status=422 if form.errors else 200)


@login_required
def edit_customer(request: Request, pk: int) -> HttpResponse:
    row = _customer(request.scope, pk)
    request.scope.require("customers.edit", row.unit_id)
    units = queries.units(request.scope, "customers.edit")
    form = forms.CustomerForm(request.POST or None, instance=row, units=units)
    if request.method == "POST" and form.is_valid():
        try:
            services.change_customer(
                request.scope, customer=_customer(request.scope, pk), at=_now(), **form.cleaned_data
            )
        except Refused as error:
            form.add_error("code", str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("customer", pk)
    context = {"form": form, "customer": _customer(request.scope, pk)}
    return render(request, "customers/form.html", context, status=422 if form.errors else 200)


@login_required
def new_contact(request: Request, pk: int) -> HttpResponse:
    row = _customer(request.scope, pk)
    request.scope.require("customers.edit", row.unit_id)
    initial = {"is_primary": not row.contacts.exists(), "name": row.name if row.kind == Customer.Kind.PERSON else ""}  # fmt: skip
    form = forms.ContactForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        services.add_contact(request.scope, customer=row, at=_now(), **form.cleaned_data)
        return redirect("customer", pk)
    context = {"form": form, "customer": row}
    return render(request, "customers/contact.html", context, status=422 if form.errors else 200)


@login_required
def edit_contact(request: Request, pk: int) -> HttpResponse:
    row = get_object_or_404(queries.contacts(request.scope), pk=pk)
    request.scope.require("customers.edit", row.customer.unit_id)
    form = forms.ContactForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        services.change_contact(request.scope, contact=row, at=_now(), **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect("customer", row.customer_id)
    context = {"form": form, "customer": row.customer, "contact": row}
    return render(request, "customers/contact.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def contact_action(request: Request, pk: int) -> HttpResponse:
    """Opt out, opt in, or remove, by the button pressed."""
    row = get_object_or_404(queries.contacts(request.scope), pk=pk)
    actions = {"opt_out": services.opt_out, "opt_in": services.opt_in, "remove": services.remove_contact}
    action = actions.get(request.POST.get("action", ""))
    if action is None:
        raise Http404
    customer_id = row.customer_id
    action(request.scope, contact=row, at=_now())
    return redirect("customer", customer_id)
