"""What every API router shares: pages of lists, errors as problem+json (RFC 9457), declared answers.

A list operation takes `page: Query[PageQuery]`, declares `response={200: Page[WaveOut], **ERRORS}` and returns
`page_of(request, queryset, page)`.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from django.core.exceptions import ValidationError as ModelError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from ninja import NinjaAPI, Schema
from ninja.errors import AuthenticationError, HttpError, Throttled, ValidationError
from pydantic import AfterValidator, Field

from manyi.scope import NotAllowed
from manyi.web.errors import Refused

T = TypeVar("T", bound=Schema)
EARLIEST, LATEST = 1900, 2200


def _storable(value: datetime) -> datetime:
    if not EARLIEST <= value.year < LATEST:
        raise ValueError(
            _("Years from %(first)s to %(last)s are known.") % {"first": EARLIEST, "last": LATEST - 1}
        )
    return value.astimezone(UTC) if value.tzinfo else value


#: A moment that every database takes, whatever its time zone was written as.
Instant = Annotated[datetime, AfterValidator(_storable)]


class Problem(Schema):
    """RFC 9457. `errors` names the place (path in the body or query) and what is wrong there."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str = ""
    errors: list[dict[str, Any]] = []


#: Declared on every operation, so that the OpenAPI document tells the whole truth.
ERRORS: dict[int, type[Schema]] = dict.fromkeys((400, 401, 403, 404, 409, 422, 429), Problem)


class PageQuery(Schema):
    limit: int = Field(50, ge=1, le=200)
    after: int = Field(0, ge=0, le=2**31)


class Page(Schema, Generic[T]):
    """One page of a list; `next` is the address of the next one, or null."""

    items: list[T]
    next: str | None = None


def page_of(request: HttpRequest, rows: QuerySet[Any] | list[Any], page: PageQuery) -> dict[str, Any]:
    """The page of an ordered queryset or list that the query asks for."""
    found = list(rows[page.after : page.after + page.limit + 1])
    following = None
    if len(found) > page.limit:
        query = request.GET.copy()
        query["after"], query["limit"] = str(page.after + page.limit), str(page.limit)
        following = request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
    return {"items": found[: page.limit], "next": following}


def problem(
    status: int, title: str, detail: str = "", errors: list[dict[str, Any]] | None = None
) -> HttpResponse:
    body = Problem(title=title, status=status, detail=detail, errors=errors or []).dict()
    return JsonResponse(body, status=status, content_type="application/problem+json")


def install_error_handlers(api: NinjaAPI) -> None:
    """Answer every known error of the layers below with a problem document."""

    @api.exception_handler(NotAllowed)
    def not_allowed(request: HttpRequest, error: NotAllowed) -> HttpResponse:
        return problem(403, _("Not allowed"), _("The right “%(right)s” is missing.") % {"right": error.right})

    @api.exception_handler(AuthenticationError)
    def not_signed_in(request: HttpRequest, error: AuthenticationError) -> HttpResponse:
        return problem(401, _("Not signed in"), _("Send a valid token: Authorization: Bearer …"))

    @api.exception_handler(Http404)
    def not_found(request: HttpRequest, error: Http404) -> HttpResponse:
        return problem(404, _("Not found"))

    @api.exception_handler(Refused)
    def refused(request: HttpRequest, error: Refused) -> HttpResponse:
        return problem(409, _("Refused"), str(error))

    @api.exception_handler(ModelError)
    def invalid_model(request: HttpRequest, error: ModelError) -> HttpResponse:
        fields = error.message_dict if hasattr(error, "error_dict") else {"": error.messages}
        errors = [{"where": k, "what": m} for k, messages in fields.items() for m in messages]
        return problem(422, _("Invalid input"), errors=errors)

    @api.exception_handler(ValidationError)
    def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
        errors = [{"where": ".".join(str(part) for part in e["loc"]), "what": e["msg"]} for e in error.errors]
        return problem(422, _("Invalid input"), errors=errors)

    @api.exception_handler(Throttled)
    def throttled(request: HttpRequest, error: Throttled) -> HttpResponse:
        return problem(429, _("Too many requests"))

    @api.exception_handler(HttpError)
    def http_error(request: HttpRequest, error: HttpError) -> HttpResponse:
        return problem(error.status_code, str(error.message))
