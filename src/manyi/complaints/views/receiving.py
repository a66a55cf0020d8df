"""The phone screen: somebody tells us a complaint, and it is logged while they talk.

Everything works without JavaScript too: the look-up is a form of its own, its results are links that fill the
form, and the buttons beside similar complaints submit it.
"""

from __future__ import annotations

import json
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from manyi.complaints.forms_receiving import FILLED, ReceiveForm, category_label
from manyi.complaints.models import Channel
from manyi.complaints.queries import cases, customer_files
from manyi.complaints.queries.similar import Similar, similar
from manyi.complaints.services import categories, receiving
from manyi.complaints.views.found import found, now
from manyi.customers import queries as customers
from manyi.customers import queries_file, queries_lookup
from manyi.customers.models import Customer
from manyi.people.models import OrgUnit, User
from manyi.people.queries import org_units
from manyi.scope import Scope
from manyi.web.errors import Refused
from manyi.web.http import Request

RIGHT = "complaints.receive"


def fill(hit: queries_lookup.Hit) -> dict[str, Any]:
    """What choosing a result of the look-up puts into the form, by field name (FILLED)."""
    contact = hit.contact or hit.customer.contacts.first()
    values: dict[str, Any] = {"customer": hit.customer.pk, "unit": hit.customer.unit_id}
    if contact is not None:
        values |= {
            "contact": contact.pk, "complainant": contact.name, "phone": contact.phone, "email": contact.email,
            "language": contact.language,
        }  # fmt: skip
    return values | _goods(hit)


def _goods(hit: queries_lookup.Hit) -> dict[str, Any]:
    if hit.product is not None:
        return {"product": hit.product.model, "serial": hit.product.serial, "batch": hit.product.batch}
    if hit.order is not None:
        return {"order_number": hit.order.number, "product": hit.order.product}
    return {}


def _hits(scope: Scope, text: str) -> list[dict[str, Any]]:
    found = queries_lookup.find(scope, text)
    return [{"hit": hit, "fill": json.dumps(fill(hit)), "query": _query(hit)} for hit in found]


def _file(scope: Scope, customer: Customer | None) -> dict[str, Any] | None:
    """The customer's file; products and orders with what choosing them fills in."""
    if customer is None:
        return None
    summary = customer_files.summary(scope, customer, at=now())
    products = [queries_lookup.Hit(customer, "product", product=row) for row in summary.products]
    orders = [queries_lookup.Hit(customer, "order", order=row) for row in summary.orders]
    return {
        "customer": customer,
        "open": summary.open,
        "promises": summary.promises,
        "earlier": summary.earlier,
        "products": [
            {"row": hit.product, "fill": json.dumps(_goods(hit)), "query": _query(hit)} for hit in products
        ],
        "orders": [
            {"row": hit.order, "fill": json.dumps(_goods(hit)), "query": _query(hit)} for hit in orders
        ],
    }


def _query(hit: queries_lookup.Hit) -> str:
    """The address of the page with this result chosen."""
    parts = {"customer": hit.customer, "contact": hit.contact, "product": hit.product, "order": hit.order}
    query = QueryDict(mutable=True)
    query.update({name: str(row.pk) for name, row in parts.items() if row is not None})
    return f"?{query.urlencode()}"


def _chosen(request: Request) -> queries_lookup.Hit | None:
    """The result that the address names, None without one in sight."""
    customer = _customer(request.scope, request.GET.get("customer", ""))
    if customer is None:
        return None
    rows = {
        "contact": customer.contacts.all(),
        "product": queries_file.products(request.scope).filter(customer=customer),
        "order": queries_file.orders(request.scope).filter(customer=customer),
    }
    parts: dict[str, Any] = {}
    for name, candidates in rows.items():
        key = request.GET.get(name, "")
        parts[name] = candidates.filter(pk=int(key)).first() if _is_key(key) else None
    return queries_lookup.Hit(customer, "chosen", **parts)


def _is_key(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 18


def _customer(scope: Scope, key: str) -> Customer | None:
    rows: QuerySet[Customer] = customers.customers(scope).select_related("unit", "owner")
    return rows.filter(pk=int(key)).first() if _is_key(key) else None


def _first_unit(request: Request, units: QuerySet[OrgUnit]) -> OrgUnit | None:
    own = units.filter(memberships__user_id=request.scope.user_id or 0).first()
    return own or units.first()


def _form(request: Request, chosen: queries_lookup.Hit | None = None) -> ReceiveForm:
    units = org_units(request.scope, RIGHT)
    initial: dict[str, Any] = {"unit": _first_unit(request, units), "happened_on": timezone.localdate(now())}
    if isinstance(request.user, User):
        initial["language"] = request.user.language
    if not request.scope.may("complaints.handle") and request.scope.user_id:
        initial["channel"] = Channel.DEALER
    if chosen is not None:
        values = fill(chosen)
        if not units.filter(pk=values["unit"]).exists():
            del values["unit"]
        initial |= values
    return ReceiveForm(
        request.POST or None, units=units, customers=customers.customers(request.scope), initial=initial
    )


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def receive(request: Request) -> HttpResponse:
    """The form; `?q=` looks up, `?customer=…&contact=…&product=…&order=…` fills it in."""
    request.scope.require(RIGHT)
    chosen = _chosen(request)
    form = _form(request, chosen)
    if request.method == "POST":
        answer = _add(request, form) if request.POST.get("add_to") else _log(request, form)
        if answer is not None:
            return answer
        chosen_customer = _customer(request.scope, request.POST.get("customer", ""))
    else:
        chosen_customer = chosen.customer if chosen else None
    text = request.GET.get("q", "")
    context = {
        "form": form,
        "q": text,
        "hits": _hits(request.scope, text) if text else [],
        "may_manage": categories.may_manage(request.scope),
        "categories": [category_label(row) for row in cases.categories()],
        "file": _file(request.scope, chosen_customer),
        "now": now(),
        "similar": _similar(request, request.POST or {n: form[n].value() for n in FILLED}),
    }
    return render(request, "complaints/receiving/receive.html", context, status=422 if form.errors else 200)


def _log(request: Request, form: ReceiveForm) -> HttpResponse | None:
    """Save it; None when the form has to be shown again with what is wrong."""
    if not form.is_valid():
        return None
    repeat = request.POST.get("repeat_of", "")
    try:
        complaint = receiving.log(
            request.scope,
            at=now(),
            repeat_of=found(request.scope, repeat) if repeat else None,
            **form.particulars(),
        )
    except ValidationError as error:
        form.add_error(None, error)
        return None
    except Refused as error:
        form.add_error(None, str(error))
        return None
    return redirect("complaint-received", complaint.number)


def _add(request: Request, form: ReceiveForm) -> HttpResponse | None:
    complaint = found(request.scope, request.POST.get("add_to", ""))
    parts = (request.POST.get("title", "").strip(), request.POST.get("description", "").strip())
    try:
        receiving.add_word(
            request.scope,
            complaint=complaint,
            channel=form["channel"].value() if form["channel"].value() in Channel.values else Channel.PHONE,
            text="\n".join(filter(None, parts)),
            at=now(),
        )
    except Refused as error:
        form.add_error("title", str(error))
        return None
    messages.success(request, _("Added to complaint %(number)s.") % {"number": complaint.number})
    return redirect("complaint", complaint.number)


@login_required
@require_safe
def lookup(request: Request) -> HttpResponse:
    """Results as one types, for the list under the first field."""
    request.scope.require(RIGHT)
    text = request.GET.get("q", "")
    return render(request, "complaints/receiving/_hits.html", {"q": text, "hits": _hits(request.scope, text)})


@login_required
@require_safe
def customer_file(request: Request) -> HttpResponse:
    """The file of the chosen customer, for the side of the screen."""
    request.scope.require(RIGHT)
    customer = _customer(request.scope, request.GET.get("customer", ""))
    context = {"file": _file(request.scope, customer), "now": now()}
    return render(request, "complaints/receiving/_file.html", context)


@login_required
@require_safe
def similar_ones(request: Request) -> HttpResponse:
    """Complaints that may be the same, as one types."""
    request.scope.require(RIGHT)
    return render(request, "complaints/receiving/_similar.html", {"similar": _similar(request, request.GET)})


def _similar(request: Request, values: Any) -> list[Similar]:
    def text(name: str) -> str:
        return str(values.get(name) or "").replace("\0", "")[:200]

    return similar(
        request.scope,
        at=now(),
        title=text("title"),
        customer=_customer(request.scope, text("customer")),
        phone=text("phone"),
        serial=text("serial"),
        order_number=text("order_number"),
    )


@login_required
@require_safe
def received(request: Request, number: str) -> HttpResponse:
    """The number, big, to read out to the caller, and what to do next."""
    complaint = found(request.scope, number)
    context = {"complaint": complaint, "links": cases.links(request.scope, complaint), "may_handle": cases.may_work_on(request.scope, complaint)}  # fmt: skip
    return render(request, "complaints/receiving/received.html", context)
