"""API: customers and their contacts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from manyi.customers import queries, services
from manyi.customers.models import Contact, Customer
from manyi.people.models import OrgUnit
from manyi.web.api import ERRORS, Page, PageQuery, page_of
from manyi.web.http import Request

router = Router(tags=["customers"])
TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$"
BIG = 2**62


class ContactOut(Schema):
    id: int
    customer_id: int
    name: str
    email: str
    phone: str
    language: str
    is_primary: bool
    opted_out_at: datetime | None
    bounced_at: datetime | None


class ContactChange(Schema):
    name: str | None = Field(None, min_length=1, max_length=100, pattern=TEXT)
    email: str | None = Field(None, max_length=254, pattern=TEXT)
    phone: str | None = Field(None, max_length=40, pattern=TEXT)
    language: str | None = Field(None, pattern="^(zh-hans|en)$")
    is_primary: bool | None = None
    opted_out: bool | None = None


class ContactIn(ContactChange):
    customer_id: int = Field(ge=1, le=BIG)
    name: str = Field(min_length=1, max_length=100, pattern=TEXT)


class CustomerOut(Schema):
    id: int
    code: str
    name: str
    kind: str
    unit_id: int
    owner_id: int | None
    tier: str
    segment: str
    industry: str
    region: str
    attributes: dict[str, Any]
    active: bool
    created_at: datetime


class CustomerChange(Schema):
    code: str | None = Field(None, min_length=1, max_length=60, pattern=TEXT)
    name: str | None = Field(None, min_length=1, max_length=200, pattern=TEXT)
    unit_id: int | None = Field(None, ge=1, le=BIG)
    kind: Customer.Kind | None = None
    tier: str | None = Field(None, pattern="^[ABCD]?$")
    segment: str | None = Field(None, max_length=60, pattern=TEXT)
    industry: str | None = Field(None, max_length=60, pattern=TEXT)
    region: str | None = Field(None, max_length=60, pattern=TEXT)
    active: bool | None = None


class CustomerIn(CustomerChange):
    code: str = Field(min_length=1, max_length=60, pattern=TEXT)
    name: str = Field(min_length=1, max_length=200, pattern=TEXT)
    unit_id: int = Field(ge=1, le=BIG)


class CustomerQuery(PageQuery):
    search: str = Field("", max_length=100, pattern=TEXT)
    unit_id: int | None = Field(None, ge=1, le=BIG)
    tier: str = Field("", pattern="^[ABCD]?$")
    segment: str = Field("", max_length=60, pattern=TEXT)


def _now() -> datetime:
    return timezone.now()  # noqa: TID251


def _unit(request: Request, unit_id: int, right: str) -> OrgUnit:
    return get_object_or_404(queries.units(request.scope, right), pk=unit_id)


def _given(request: Request, body: CustomerChange) -> dict[str, Any]:
    fields: dict[str, Any] = {k: v for k, v in body.dict(exclude_unset=True).items() if v is not None}
    if "unit_id" in fields:
        fields["unit"] = _unit(request, fields.pop("unit_id"), "customers.edit")
    return fields


@router.get("/customers", response={200: Page[CustomerOut], **ERRORS})
def customers(request: Request, page: Query[CustomerQuery]) -> Any:
    """Customers you may see, by name."""
    request.scope.require("customers.read")
    unit = None if page.unit_id is None else _unit(request, page.unit_id, "customers.read")
    rows = queries.customers(
        request.scope, search=page.search, unit=unit, tier=page.tier, segment=page.segment
    )
    return page_of(request, rows, page)


@router.post("/customers", response={201: CustomerOut, **ERRORS})
def create_customer(request: Request, body: CustomerIn) -> Any:
    request.scope.require("customers.edit")
    row = services.create_customer(request.scope, at=_now(), **_given(request, body))
    return Status(201, row)


@router.get("/customers/{customer_id}", response={200: CustomerOut, **ERRORS})
def customer(request: Request, customer_id: int) -> Any:
    return get_object_or_404(queries.customers(request.scope), pk=customer_id)


@router.patch("/customers/{customer_id}", response={200: CustomerOut, **ERRORS})
def change_customer(request: Request, customer_id: int, body: CustomerChange) -> Any:
    row = get_object_or_404(queries.customers(request.scope), pk=customer_id)
    return services.change_customer(request.scope, customer=row, at=_now(), **_given(request, body))


@router.get("/contacts", response={200: Page[ContactOut], **ERRORS})
def contacts(request: Request, page: Query[PageQuery], customer_id: int | None = None) -> Any:
    """Contacts you may see, of one customer when it is named."""
    request.scope.require("customers.read")
    rows = queries.contacts(request.scope)
    return page_of(request, rows if customer_id is None else rows.filter(customer_id=customer_id), page)


@router.post("/contacts", response={201: ContactOut, **ERRORS})
def create_contact(request: Request, body: ContactIn) -> Any:
    row = get_object_or_404(queries.customers(request.scope), pk=body.customer_id)
    fields = {k: v for k, v in body.dict(exclude_unset=True).items() if v is not None}
    fields.pop("customer_id")
    opted_out = fields.pop("opted_out", False)
    contact = services.add_contact(request.scope, customer=row, at=_now(), **fields)
    if opted_out:
        services.opt_out(request.scope, contact=contact, at=_now())
    return Status(201, contact)


@router.get("/contacts/{contact_id}", response={200: ContactOut, **ERRORS})
def contact(request: Request, contact_id: int) -> Contact:
    return get_object_or_404(queries.contacts(request.scope), pk=contact_id)


@router.patch("/contacts/{contact_id}", response={200: ContactOut, **ERRORS})
def change_contact(request: Request, contact_id: int, body: ContactChange) -> Any:
    """Change a contact; `opted_out` true means: never ask again."""
    row = get_object_or_404(queries.contacts(request.scope), pk=contact_id)
    fields = {k: v for k, v in body.dict(exclude_unset=True).items() if v is not None}
    opted_out = fields.pop("opted_out", None)
    if fields:
        services.change_contact(request.scope, contact=row, at=_now(), **fields)
    if opted_out is not None:
        (services.opt_out if opted_out else services.opt_in)(request.scope, contact=row, at=_now())
    return row
