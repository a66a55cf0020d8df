"""API: products in use, orders and returns, timeline entries of customers."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import AwareDatetime, Field

from manyi.customers import queries, queries_file, services_file
from manyi.customers.api import BIG, TEXT
from manyi.customers.models import Customer, Interaction, Order
from manyi.web.api import ERRORS, Page, PageQuery, page_of
from manyi.web.http import Request

router = Router(tags=["customers"])


class OfCustomer(PageQuery):
    customer_id: int | None = Field(None, ge=1, le=BIG)


class ProductOut(Schema):
    id: int
    customer_id: int
    model: str
    serial: str
    batch: str
    bought_on: date | None
    warranty_until: date | None


class ProductChange(Schema):
    model: str | None = Field(None, min_length=1, max_length=100, pattern=TEXT)
    serial: str | None = Field(None, max_length=60, pattern=TEXT)
    batch: str | None = Field(None, max_length=60, pattern=TEXT)
    bought_on: date | None = None
    warranty_until: date | None = None


class ProductIn(ProductChange):
    customer_id: int = Field(ge=1, le=BIG)
    model: str = Field(min_length=1, max_length=100, pattern=TEXT)


class OrderOut(Schema):
    id: int
    customer_id: int
    number: str
    kind: str
    at: datetime
    product: str
    quantity: Decimal | None
    amount: Decimal | None
    currency: str


class OrderIn(Schema):
    customer_id: int = Field(ge=1, le=BIG)
    number: str = Field(min_length=1, max_length=60, pattern=TEXT)
    kind: Order.Kind = Order.Kind.ORDER
    at: AwareDatetime
    product: str = Field("", max_length=100, pattern=TEXT)
    quantity: Decimal | None = Field(None, ge=0, max_digits=14, decimal_places=3)
    amount: Decimal | None = Field(None, ge=0, max_digits=16, decimal_places=2)
    currency: str = Field("CNY", pattern="^[A-Z]{3}$")


class InteractionOut(Schema):
    id: int
    customer_id: int
    at: datetime
    kind: str
    text: str
    by_id: int | None


class InteractionIn(Schema):
    customer_id: int = Field(ge=1, le=BIG)
    kind: Interaction.Kind = Interaction.Kind.NOTE
    at: AwareDatetime | None = None
    text: str = Field(min_length=1, max_length=4000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$")


def _now() -> datetime:
    return timezone.now()  # noqa: TID251


def _customer(request: Request, customer_id: int) -> Customer:
    return get_object_or_404(queries.customers(request.scope), pk=customer_id)


def _listed(request: Request, rows: Any, page: OfCustomer) -> Any:
    request.scope.require("customers.read")
    return page_of(
        request, rows if page.customer_id is None else rows.filter(customer=page.customer_id), page
    )


@router.get("/products", response={200: Page[ProductOut], **ERRORS})
def products(request: Request, page: Query[OfCustomer]) -> Any:
    """Products in use at customers you may see, of one customer when it is named."""
    return _listed(request, queries_file.products(request.scope), page)


@router.post("/products", response={201: ProductOut, **ERRORS})
def create_product(request: Request, body: ProductIn) -> Any:
    customer = _customer(request, body.customer_id)
    fields = body.dict(exclude_unset=True, exclude_none=True, exclude={"customer_id"})
    return Status(201, services_file.add_product(request.scope, customer=customer, at=_now(), **fields))


@router.get("/products/{product_id}", response={200: ProductOut, **ERRORS})
def product(request: Request, product_id: int) -> Any:
    return get_object_or_404(queries_file.products(request.scope), pk=product_id)


@router.patch("/products/{product_id}", response={200: ProductOut, **ERRORS})
def change_product(request: Request, product_id: int, body: ProductChange) -> Any:
    row = get_object_or_404(queries_file.products(request.scope), pk=product_id)
    fields = body.dict(exclude_unset=True)
    fields = {k: v for k, v in fields.items() if v is not None or k in ("bought_on", "warranty_until")}
    return services_file.change_product(request.scope, product=row, at=_now(), **fields)


@router.get("/orders", response={200: Page[OrderOut], **ERRORS})
def orders(request: Request, page: Query[OfCustomer]) -> Any:
    """Orders and returns of customers you may see, of one customer when it is named."""
    return _listed(request, queries_file.orders(request.scope), page)


@router.post("/orders", response={201: OrderOut, **ERRORS})
def create_order(request: Request, body: OrderIn) -> Any:
    customer = _customer(request, body.customer_id)
    fields = body.dict(exclude={"customer_id"})
    return Status(201, services_file.add_order(request.scope, customer=customer, now=_now(), **fields))


@router.get("/interactions", response={200: Page[InteractionOut], **ERRORS})
def interactions(request: Request, page: Query[OfCustomer]) -> Any:
    """What was written into the timelines of customers you may see, of one customer when it is named."""
    return _listed(request, queries_file.interactions(request.scope), page)


@router.post("/interactions", response={201: InteractionOut, **ERRORS})
def create_interaction(request: Request, body: InteractionIn) -> Any:
    """Write into a customer's timeline; without `at` it happened just now."""
    now = _now()
    row = services_file.add_interaction(
        request.scope,
        customer=_customer(request, body.customer_id),
        kind=body.kind,
        text=body.text,
        happened_at=body.at or now,
        at=now,
    )
    return Status(201, row)
