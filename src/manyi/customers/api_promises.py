"""API: promises and the share that was kept."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Path, Query, Router, Schema, Status
from pydantic import Field

from manyi.customers import due, subjects
from manyi.customers import queries_promises as queries
from manyi.customers import services_promises as services
from manyi.customers.models import Promise
from manyi.people.models import OrgUnit
from manyi.people.queries import org_units
from manyi.scope import NotAllowed
from manyi.web.api import ERRORS, Instant, Page, PageQuery, page_of
from manyi.web.errors import Refused
from manyi.web.http import Request

router = Router(tags=["promises"])
TEXT = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f]*$"
BIG = 2**62
Id = Annotated[int, Path(ge=1, le=BIG)]


class PromiseOut(Schema):
    id: int
    subject: str = Field(description="what it was made about, such as complaint:12")
    customer_id: int | None
    unit_id: int
    kind: str
    text: str
    made_by_id: int | None
    owner_id: int
    made_at: datetime
    due_at: datetime
    amount: Decimal | None
    currency: str
    state: str
    done_at: datetime | None
    settled_at: datetime | None
    evidence: str


class PromiseIn(Schema):
    subject: str = Field(
        max_length=60, pattern=r"^[a-z_]{1,20}:[0-9]{1,15}$", description="such as customer:5"
    )
    text: str = Field(min_length=1, max_length=500, pattern=TEXT)
    due_in: str = Field("", pattern=r"^([0-9]{1,3}[hd])?$", description="4h: open hours, 3d: working days")
    due_at: Instant | None = Field(None, description="instead of due_in; with time zone")
    owner_id: int | None = Field(None, ge=1, le=BIG, description="who does it; you, when left out")
    kind: Promise.Kind = Promise.Kind.OTHER
    amount: Decimal | None = Field(None, ge=0, le=9_999_999_999, decimal_places=2)
    currency: str = Field("CNY", pattern="^[A-Z]{3}$")


class PromiseQuery(PageQuery):
    view: Literal["mine", "overdue", "open", "all"] = "all"
    unit_id: int | None = Field(None, ge=1, le=BIG)
    subject: str = Field("", max_length=60, pattern=r"^([a-z_]{1,20}:[0-9]{1,15})?$")


class EvidenceIn(Schema):
    evidence: str = Field(min_length=1, max_length=4000, pattern=TEXT)


class KeptIn(EvidenceIn):
    done_at: Instant | None = None
    message: str = Field("", max_length=2000, pattern=TEXT, description="a word to the customer in the mail")
    tell: bool = True


class RateQuery(Schema):
    since: Instant
    until: Instant | None = Field(None, description="not later than now, which it is when left out")
    unit_id: int | None = Field(
        None, ge=1, le=BIG, description="with the units below; all you may see when left out"
    )


class RateOut(Schema):
    value: float | None = Field(
        description="share (0–1) of the promises due in this time that were kept in time"
    )
    low: float | None
    high: float | None
    n: int
    kept: int
    kept_late: int
    broken: int
    overdue: int
    withdrawn: int = Field(description="left out of n")


def _now() -> datetime:
    return timezone.now()  # noqa: TID251


def _aware(moment: datetime | None) -> datetime | None:
    if moment is None or moment.tzinfo is not None:
        return moment
    raise Refused(_("Give the time with its time zone, such as 2026-03-02T10:00:00+08:00."))


def _unit(request: Request, unit_id: int | None, right: str) -> OrgUnit | None:
    return None if unit_id is None else get_object_or_404(org_units(request.scope, right), pk=unit_id)


def _find(request: Request, pk: int) -> Promise:
    if not any(request.scope.may(right) for right in ("promises.edit", "customers.read")):
        raise NotAllowed("promises.edit")
    return get_object_or_404(queries.promises(request.scope, at=_now()), pk=pk)


@router.get("/promises", response={200: Page[PromiseOut], **ERRORS})
def promises(request: Request, page: Query[PromiseQuery]) -> Any:
    """Promises you may see: all by the time they were made, the others by the time they are due."""
    if not any(request.scope.may(right) for right in ("promises.edit", "customers.read")):
        raise NotAllowed("promises.edit")
    unit = _unit(request, page.unit_id, "promises.edit")
    rows = queries.promises(request.scope, view=page.view, unit=unit, at=_now())
    return page_of(request, rows.filter(subject=page.subject) if page.subject else rows, page)


@router.post("/promises", response={201: PromiseOut, **ERRORS})
def make(request: Request, body: PromiseIn) -> Any:
    """Note what a customer was promised; 409 when it is beyond your authority, saying who may."""
    try:
        about = subjects.find(request.scope, body.subject)
    except subjects.UnknownSubject:
        raise Refused(_("“%(subject)s” is nothing you can see.") % {"subject": body.subject}) from None
    now = _now()
    due_at = _aware(body.due_at)
    if due_at is None:
        if not body.due_in:
            raise Refused(_("Say when it is due: due_in or due_at."))
        due_at = due.due_of(body.due_in, now, services.calendar())
    owner = None if body.owner_id is None else get_object_or_404(queries.doers(request.scope, about.unit), pk=body.owner_id)  # fmt: skip
    row = services.make_promise(
        request.scope, subject=about.key, text=body.text, due_at=due_at, owner=owner, kind=body.kind,
        amount=body.amount, currency=body.currency, at=now,
    )  # fmt: skip
    return Status(201, row)


@router.get("/promises/kept-rate", response={200: RateOut, **ERRORS})
def kept_rate(request: Request, query: Query[RateQuery]) -> Any:
    """The share of promises that were kept in time, with its Wilson interval; an indicator of a tree can use it."""
    request.scope.require("results.read")
    now = _now()
    until = min(_aware(query.until) or now, now)
    since = _aware(query.since)
    assert since is not None  # noqa: S101 - required by the schema
    found = queries.kept_promises(request.scope, _unit(request, query.unit_id, "results.read"), since, until)
    names = ("kept", "kept_late", "broken", "overdue", "withdrawn")
    rate = found.rate
    return {"value": rate.value, "low": rate.low, "high": rate.high, "n": rate.n, **{n: getattr(found, n) for n in names}}  # fmt: skip


@router.get("/promises/{promise_id}", response={200: PromiseOut, **ERRORS})
def promise(request: Request, promise_id: Id) -> Any:
    return _find(request, promise_id)


@router.post("/promises/{promise_id}/keep", response={200: PromiseOut, **ERRORS})
def keep(request: Request, promise_id: Id, body: KeptIn) -> Any:
    """It was done. The customer is told by mail, once."""
    return services.keep_promise(
        request.scope, promise=_find(request, promise_id), evidence=services.Evidence(body.evidence),
        done_at=_aware(body.done_at), message=body.message, tell=body.tell, at=_now(),
    )  # fmt: skip


@router.post("/promises/{promise_id}/break", response={200: PromiseOut, **ERRORS})
def break_(request: Request, promise_id: Id, body: EvidenceIn) -> Any:
    """It was not done."""
    evidence = services.Evidence(body.evidence)
    return services.break_promise(
        request.scope, promise=_find(request, promise_id), evidence=evidence, at=_now()
    )


@router.post("/promises/{promise_id}/withdraw", response={200: PromiseOut, **ERRORS})
def withdraw(request: Request, promise_id: Id, body: EvidenceIn) -> Any:
    """The customer no longer wants it: it counts neither as kept nor as broken."""
    evidence = services.Evidence(body.evidence)
    return services.withdraw_promise(
        request.scope, promise=_find(request, promise_id), evidence=evidence, at=_now()
    )
