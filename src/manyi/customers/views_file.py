"""Products in use, orders and timeline entries of one customer."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from manyi.customers import forms_file, queries, queries_file, services_file
from manyi.customers.models import Customer
from manyi.web.errors import Refused
from manyi.web.http import Request


def _now() -> datetime:
    return timezone.now()  # noqa: TID251


def _customer(request: Request, pk: int) -> Customer:
    try:
        row = queries.customer(request.scope, pk)
    except Customer.DoesNotExist as error:
        raise Http404 from error
    request.scope.require("customers.edit", row.unit_id)
    return row


@login_required
def product(request: Request, pk: int, product_pk: int | None = None) -> HttpResponse:
    """Add a product in use, or change one."""
    customer = _customer(request, pk)
    own = queries_file.products(request.scope).filter(customer=customer)
    row = get_object_or_404(own, pk=product_pk) if product_pk is not None else None
    form = forms_file.ProductForm(request.POST or None, instance=row)
    if request.method == "POST" and form.is_valid():
        try:
            if product_pk is not None:
                services_file.change_product(
                    request.scope, product=own.get(pk=product_pk), at=_now(), **form.cleaned_data
                )
            else:
                services_file.add_product(request.scope, customer=customer, at=_now(), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages)  # type: ignore[arg-type]
        except Refused as error:
            form.add_error("warranty_until", str(error))
        else:
            messages.success(request, _("Saved."))
            return redirect("customer", pk)
    context = {"form": form, "customer": customer, "title": _("Product in use"), "row": row}
    return render(request, "customers/file_form.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def remove_product(request: Request, pk: int, product_pk: int) -> HttpResponse:
    customer = _customer(request, pk)
    row = get_object_or_404(queries_file.products(request.scope).filter(customer=customer), pk=product_pk)
    services_file.remove_product(request.scope, product=row, at=_now())
    return redirect("customer", pk)


@login_required
def order(request: Request, pk: int) -> HttpResponse:
    """Add an order or a return."""
    customer = _customer(request, pk)
    form = forms_file.OrderForm(request.POST or None, initial={"at": _now(), "currency": "CNY"})
    if request.method == "POST" and form.is_valid():
        try:
            services_file.add_order(request.scope, customer=customer, now=_now(), **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages)  # type: ignore[arg-type]
        else:
            messages.success(request, _("Saved."))
            return redirect("customer", pk)
    context = {"form": form, "customer": customer, "title": _("Order or return")}
    return render(request, "customers/file_form.html", context, status=422 if form.errors else 200)


@login_required
def interaction(request: Request, pk: int) -> HttpResponse:
    """Write into the timeline what was done with the customer."""
    customer = _customer(request, pk)
    form = forms_file.InteractionForm(request.POST or None, initial={"at": timezone.localtime(_now())})
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            services_file.add_interaction(
                request.scope, customer=customer, kind=data["kind"], text=data["text"],
                happened_at=data["at"], at=_now(),
            )  # fmt: skip
        except Refused as error:
            form.add_error("at" if data["text"].strip() else "text", str(error))
        else:
            return redirect("customer", pk)
    context = {"form": form, "customer": customer, "title": _("Timeline entry")}
    return render(request, "customers/file_form.html", context, status=422 if form.errors else 200)
