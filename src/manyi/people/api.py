"""API: org units and users."""

from __future__ import annotations

from typing import Any

from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Query, Router, Schema, Status
from pydantic import Field

from manyi.people import queries, services
from manyi.people.models import OrgUnit, User
from manyi.people.rights import Role
from manyi.web.api import ERRORS, Page, PageQuery, page_of
from manyi.web.http import Request

router = Router(tags=["people"])


class Texts(Schema):
    zh: str = Field(max_length=200)
    en: str = Field(max_length=200)


class UnitOut(Schema):
    id: int
    code: str
    name: dict[str, str]
    parent_id: int | None
    active: bool


class UnitIn(Schema):
    code: str = Field(min_length=1, max_length=40, pattern=r"^[-\w]+$")
    name: Texts
    parent_id: int | None = None


class RoleOut(Schema):
    role: Role
    unit_id: int


class UserOut(Schema):
    id: int
    username: str
    name: str
    email: str
    language: str
    is_active: bool
    roles: list[RoleOut]

    @staticmethod
    def resolve_roles(user: User) -> list[Any]:
        return list(user.memberships.all())


class UserIn(Schema):
    username: str = Field(min_length=1, max_length=150, pattern=r"^[\w.@+-]+$")
    name: str = Field(max_length=100)
    email: str = Field("", max_length=254)
    language: str = Field("zh-hans", pattern="^(zh-hans|en)$")
    roles: list[RoleOut] = Field(min_length=1, max_length=10)


@router.get("/org-units", response={200: Page[UnitOut], **ERRORS})
def org_units(request: Request, page: Query[PageQuery]) -> Any:
    """Org units you may see, in tree order."""
    return page_of(request, queries.org_units(request.scope), page)


@router.post("/org-units", response={201: UnitOut, **ERRORS})
def create_org_unit(request: Request, body: UnitIn) -> Any:
    request.scope.require("people.manage")
    manageable = queries.org_units(request.scope, "people.manage")
    parent = get_object_or_404(manageable, pk=body.parent_id) if body.parent_id is not None else None
    unit = services.create_org_unit(
        request.scope,
        code=body.code,
        name=body.name.dict(),
        parent=parent,
        at=timezone.now(),  # noqa: TID251
    )
    return Status(201, unit)


@router.get("/org-units/{unit_id}", response={200: UnitOut, **ERRORS})
def org_unit(request: Request, unit_id: int) -> OrgUnit:
    return get_object_or_404(queries.org_units(request.scope), pk=unit_id)


@router.get("/users", response={200: Page[UserOut], **ERRORS})
def users(request: Request, page: Query[PageQuery]) -> Any:
    """Users with a role at a unit you manage."""
    request.scope.require("people.manage")
    return page_of(request, queries.users(request.scope).prefetch_related("memberships"), page)


@router.post("/users", response={201: UserOut, **ERRORS})
def create_user(request: Request, body: UserIn) -> Any:
    """A user without password: single sign-on, or a password set on the settings page."""
    request.scope.require("people.manage")
    units = {u.pk: u for u in queries.org_units(request.scope, "people.manage")}
    roles = []
    for role in body.roles:
        if role.unit_id not in units:
            raise services.PeopleError(f"org unit {role.unit_id} is not one you manage")
        roles.append((role.role.value, units[role.unit_id]))
    user = services.create_user(
        request.scope, username=body.username, email=body.email, name=body.name, language=body.language,
        password=None, roles=roles, at=timezone.now(),  # noqa: TID251
    )  # fmt: skip
    return Status(201, user)
