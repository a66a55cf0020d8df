"""API: complaints and their categories."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router, Schema, Status
from pydantic import Field

from manyi.complaints.lifecycle import State
from manyi.complaints.models import Category, Channel, Complaint, Severity
from manyi.complaints.queries import cases, listing
from manyi.complaints.queries.duty import on_duty
from manyi.complaints.services import cases as services
from manyi.complaints.services import categories as category_services
from manyi.customers import queries as customers
from manyi.customers.api import BIG, TEXT
from manyi.people.models import User
from manyi.people.queries import org_units
from manyi.scope import NotAllowed
from manyi.web.api import ERRORS, Page, PageQuery, page_of
from manyi.web.errors import Refused
from manyi.web.http import Request

router = Router(tags=["complaints"])
LONG = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$"


class ComplaintOut(Schema):
    """`category` is the category's code. The address of the complainant's own page is not given out here."""

    number: str
    unit_id: int
    channel: str
    language: str
    state: str
    severity: str
    category: str | None
    customer_id: int | None
    contact_id: int | None
    complainant: str
    phone: str
    email: str
    title: str
    description: str
    happened_on: date | None
    place: str
    product: str
    serial: str
    batch: str
    order_number: str
    wanted_remedy: str
    first_contact_owner_id: int
    handler_unit_id: int
    handler_id: int | None
    cause_unit_id: int | None
    received_at: datetime
    acknowledged_at: datetime | None
    responded_at: datetime | None
    resolved_at: datetime | None
    closed_at: datetime | None
    next_due_at: datetime | None
    resolution: str
    closings: int
    reopened: int
    source: str
    external_id: str

    @staticmethod
    def resolve_category(row: Complaint) -> str | None:
        return row.category.code if row.category else None


class ComplaintChange(Schema):
    title: str | None = Field(None, min_length=1, max_length=200, pattern=TEXT)
    description: str | None = Field(None, max_length=20_000, pattern=LONG)
    language: str | None = Field(None, pattern="^(zh-hans|en)$")
    severity: Severity | None = None
    category: str | None = Field(
        None, max_length=40, pattern=TEXT, description="Code of a category; '' for none"
    )
    customer_id: int | None = Field(None, ge=1, le=BIG)
    contact_id: int | None = Field(None, ge=1, le=BIG)
    complainant: str | None = Field(None, max_length=100, pattern=TEXT)
    phone: str | None = Field(None, max_length=40, pattern=TEXT)
    email: str | None = Field(None, max_length=254, pattern=TEXT)
    happened_on: date | None = None
    place: str | None = Field(None, max_length=200, pattern=TEXT)
    product: str | None = Field(None, max_length=100, pattern=TEXT)
    serial: str | None = Field(None, max_length=60, pattern=TEXT)
    batch: str | None = Field(None, max_length=60, pattern=TEXT)
    order_number: str | None = Field(None, max_length=60, pattern=TEXT)
    wanted_remedy: str | None = Field(None, max_length=300, pattern=TEXT)


class ComplaintIn(ComplaintChange):
    """With `source` and `external_id` sending it again gives the complaint that came from there before."""

    unit_id: int = Field(ge=1, le=BIG)
    title: str = Field(min_length=1, max_length=200, pattern=TEXT)
    channel: Channel = Channel.API
    source: str = Field("", max_length=100, pattern=TEXT)
    external_id: str = Field("", max_length=100, pattern=TEXT)


class ComplaintQuery(Schema):
    """`since` and `until` are local days of receipt, both included; `state` may also be 'open'."""

    limit: int = Field(50, ge=1, le=200)
    after: str = Field("", max_length=80, pattern=TEXT)
    search: str = Field("", max_length=100, pattern=TEXT)
    state: str = Field("", pattern=f"^(open|{'|'.join(State.values)})?$")
    severity: str = Field("", pattern=f"^({'|'.join(Severity.values)})?$")
    channel: str = Field("", pattern=f"^({'|'.join(Channel.values)})?$")
    category: str = Field("", max_length=40, pattern=TEXT)
    unit_id: int | None = Field(None, ge=1, le=BIG)
    customer_id: int | None = Field(None, ge=1, le=BIG)
    product: str = Field("", max_length=100, pattern=TEXT)
    handler: str = Field("", pattern=r"^(me|none|[0-9]{1,17})?$")
    overdue: bool = False
    since: date | None = None
    until: date | None = None
    sort: str = Field("newest", pattern="^(newest|due)$")


class CategoryOut(Schema):
    code: str
    name: dict[str, str]
    parent: str | None
    active: bool

    @staticmethod
    def resolve_parent(row: Category) -> str | None:
        return row.parent.code if row.parent else None


class Names(Schema):
    zh: str = Field("", max_length=60, pattern=TEXT)
    en: str = Field("", max_length=60, pattern=TEXT)


class CategoryIn(Schema):
    code: str = Field(min_length=1, max_length=40, pattern=r"^[-a-zA-Z0-9_]+$")
    name: Names
    parent: str | None = Field(None, max_length=40, pattern=TEXT)


class CategoryChange(Schema):
    name: Names | None = None
    active: bool | None = None


def _now() -> datetime:
    return timezone.now()  # noqa: TID251


def _found(request: Request, number: str) -> Complaint:
    try:
        return cases.complaint(request.scope, number.replace("\0", ""))
    except Complaint.DoesNotExist as error:
        raise Http404 from error


def _particulars(request: Request, body: ComplaintChange) -> dict[str, Any]:
    """The given fields as the services take them; a customer or category that is not there answers 404."""
    keys = set(ComplaintChange.model_fields)
    given = {k: v for k, v in body.dict(exclude_unset=True).items() if k in keys}
    fields = {k: v for k, v in given.items() if v is not None or k == "happened_on"}
    if "category" in fields:
        code = fields["category"]
        fields["category"] = get_object_or_404(Category, code=code, active=True) if code else None
    if "customer_id" in fields:
        fields["customer"] = get_object_or_404(
            customers.customers(request.scope), pk=fields.pop("customer_id")
        )
    if "contact_id" in fields:
        contacts = customers.contacts(request.scope)
        if "customer" in fields:
            contacts = contacts.filter(customer=fields["customer"])
        fields["contact"] = get_object_or_404(contacts, pk=fields.pop("contact_id"))
    return fields


@router.get("/complaints", response={200: Page[ComplaintOut], **ERRORS})
def complaints(request: Request, query: Query[ComplaintQuery]) -> Any:
    """Complaints you may see that fit, newest first (or by what is due next); pages go by position."""
    request.scope.require("complaints.read")
    units = org_units(request.scope, "complaints.read")
    chosen = listing.Selection(
        search=query.search, state=query.state, severity=query.severity, channel=query.channel,
        category=get_object_or_404(Category, code=query.category) if query.category else None,
        unit=get_object_or_404(units, pk=query.unit_id) if query.unit_id else None,
        product=query.product, handler=query.handler, overdue=query.overdue, since=query.since, until=query.until,
        sort=query.sort, extra={"customer": query.customer_id} if query.customer_id else {},
    )  # fmt: skip
    rows = listing.selected(request.scope, chosen, at=_now())
    page = listing.page(rows, sort=query.sort, after=query.after, size=query.limit)
    following = None
    if page.following:
        again = request.GET.copy()
        again["after"] = page.following
        following = request.build_absolute_uri(f"{request.path}?{again.urlencode()}")
    return {"items": page.rows, "next": following}


@router.post("/complaints", response={201: ComplaintOut, **ERRORS})
def create_complaint(request: Request, body: ComplaintIn) -> Any:
    """Open a complaint. Whoever the token belongs to heard it first and owns it; without the right to handle
    complaints (a gateway) it goes to who is on duty at the unit.
    """
    unit = get_object_or_404(org_units(request.scope, "complaints.receive"), pk=body.unit_id)
    owner = User.objects.filter(pk=request.scope.user_id or 0).first()
    if owner is None or not request.scope.may("complaints.handle", unit.pk):
        owner = on_duty(unit)
    if owner is None:
        raise Refused(_("Nobody takes complaints at this org unit: make somebody an agent there."))
    row = services.receive(
        request.scope,
        unit=unit,
        channel=body.channel,
        first_contact_owner=owner,
        at=_now(),
        source=body.source,
        external_id=body.external_id,
        **_particulars(request, body),
    )
    return Status(201, row)


@router.get("/complaints/{number}", response={200: ComplaintOut, **ERRORS})
def complaint(request: Request, number: str) -> Any:
    return _found(request, number)


@router.patch("/complaints/{number}", response={200: ComplaintOut, **ERRORS})
def change_complaint(request: Request, number: str, body: ComplaintChange) -> Any:
    """Correct particulars; states change by their own steps."""
    row = _found(request, number)
    return services.edit(request.scope, complaint=row, at=_now(), **_particulars(request, body))


@router.get("/complaint-categories", response={200: Page[CategoryOut], **ERRORS})
def categories(request: Request, page: Query[PageQuery]) -> Any:
    """Categories of complaints in their order, also those no longer in use."""
    if not (request.scope.may("complaints.read") or request.scope.may("complaints.receive")):
        raise NotAllowed("complaints.read")
    return page_of(request, Category.objects.select_related("parent"), page)


@router.post("/complaint-categories", response={201: CategoryOut, **ERRORS})
def create_category(request: Request, body: CategoryIn) -> Any:
    parent = get_object_or_404(Category, code=body.parent) if body.parent else None
    row = category_services.add_category(
        request.scope, code=body.code, name=body.name.dict(), parent=parent, at=_now()
    )
    return Status(201, row)


@router.patch("/complaint-categories/{code}", response={200: CategoryOut, **ERRORS})
def change_category(request: Request, code: str, body: CategoryChange) -> Any:
    """Rename it, take it out of use, or use it again."""
    row = get_object_or_404(Category.objects.select_related("parent"), code=code.replace("\0", ""))
    name = body.name.dict() if body.name else None
    return category_services.change_category(
        request.scope, category=row, name=name, active=body.active, at=_now()
    )
