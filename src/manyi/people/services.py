"""Changes to organisation, org units, users and tokens."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from manyi.events import catalogue
from manyi.events.services import publish
from manyi.people import quiet
from manyi.people.models import ApiToken, Membership, Organisation, OrgUnit, User
from manyi.scope import Scope
from manyi.web.errors import Refused


class PeopleError(Refused):
    """A change that cannot be made; the message is for the person who asked for it."""


def organisation() -> Organisation:
    """The organisation's record, made with defaults on first use."""
    row, made = Organisation.objects.get_or_create(
        pk=1, defaults={"name": {"zh": "本组织", "en": "Our organisation"}}
    )
    if made:  # its times are texts until they are read back
        row.refresh_from_db()
    return row


def first_moment(at: datetime) -> datetime:
    """When mail may next leave, by the organisation's quiet hours in the server's time zone."""
    rules = organisation()
    return quiet.next_moment(
        at,
        quiet_from=rules.quiet_from,
        quiet_until=rules.quiet_until,
        zone=timezone.get_default_timezone(),
    )


@transaction.atomic
def change_organisation(scope: Scope, *, at: datetime, **fields: Any) -> Organisation:
    scope.require("people.manage")
    row = organisation()
    for name, value in fields.items():
        setattr(row, name, value)
    row.full_clean()
    row.save()
    publish(scope, catalogue.OrganisationChanged(subject_id="1", fields=tuple(sorted(fields))), at=at)
    return row


@transaction.atomic
def create_org_unit(
    scope: Scope, *, code: str, name: dict[str, str], parent: OrgUnit | None, at: datetime
) -> OrgUnit:
    """A new unit below `parent`; only the first one may be without. Raises PeopleError."""
    scope.require("people.manage", parent.pk if parent else None)
    if parent is None and OrgUnit.objects.filter(parent=None).exists():
        raise PeopleError(_("There is a top unit already; choose the unit above."))
    if OrgUnit.objects.filter(code=code).exists():
        raise PeopleError(_("Code “%(code)s” is taken.") % {"code": code})
    unit = OrgUnit.objects.create(code=code, name=name, parent=parent, path="")
    unit.path = f"{parent.path if parent else '/'}{unit.pk}/"
    unit.save(update_fields=["path"])
    publish(
        scope, catalogue.OrgUnitChanged(subject_id=str(unit.pk), unit_id=unit.pk, change="created"), at=at
    )
    return unit


@transaction.atomic
def rename_org_unit(
    scope: Scope, *, unit: OrgUnit, name: dict[str, str], active: bool, at: datetime
) -> OrgUnit:
    scope.require("people.manage", unit.pk)
    unit.name, unit.active = name, active
    unit.save(update_fields=["name", "active"])
    publish(
        scope, catalogue.OrgUnitChanged(subject_id=str(unit.pk), unit_id=unit.pk, change="changed"), at=at
    )
    return unit


@transaction.atomic
def create_user(
    scope: Scope,
    *,
    username: str,
    email: str,
    name: str,
    language: str,
    password: str | None,
    roles: list[tuple[str, OrgUnit]],
    at: datetime,
) -> User:
    """A user with roles at units. Without a password only single sign-on lets them in. Raises PeopleError."""
    scope.require("people.manage")
    for _role, unit in roles:
        scope.require("people.manage", unit.pk)
    if not roles:
        raise PeopleError(_("Give the user at least one role."))
    if User.objects.filter(username__iexact=username).exists():
        raise PeopleError(_("User name “%(name)s” is taken.") % {"name": username})
    user = User(username=username, email=email, name=name, language=language)
    user.set_password(password) if password else user.set_unusable_password()
    user.full_clean(exclude=["password"])
    user.save()
    Membership.objects.bulk_create(Membership(user=user, role=role, unit=unit) for role, unit in roles)
    publish(scope, catalogue.UserChanged(subject_id=str(user.pk), change="created"), at=at)
    return user


@transaction.atomic
def create_first_administrator(*, username: str, password: str, at: datetime) -> User:
    """The administrator of a new deployment, with the top unit if there is none. Raises PeopleError."""
    scope = Scope.system("first administrator")
    top = OrgUnit.objects.filter(parent=None).first()
    if top is None:
        name = organisation().name
        top = create_org_unit(scope, code="top", name=name, parent=None, at=at)
    return create_user(
        scope, username=username, email="", name=username, language=settings.LANGUAGE_CODE, password=password,
        roles=[("administrator", top)], at=at,
    )  # fmt: skip


@transaction.atomic
def change_user(
    scope: Scope,
    *,
    user: User,
    name: str,
    email: str,
    language: str,
    is_active: bool,
    roles: list[tuple[str, OrgUnit]],
    at: datetime,
    password: str = "",
) -> User:
    """Change a user and replace the roles; an empty password keeps the present one.

    The last active administrator of the top unit stays one. Raises PeopleError.
    """
    for unit in [m.unit for m in user.memberships.select_related("unit")] + [u for _r, u in roles]:
        scope.require("people.manage", unit.pk)
    if not roles:
        raise PeopleError(_("Give the user at least one role."))
    user.name, user.email, user.language, user.is_active = name, email, language, is_active
    if password:
        user.set_password(password)
    user.full_clean(exclude=["password"])
    user.save()
    user.memberships.all().delete()
    Membership.objects.bulk_create(Membership(user=user, role=role, unit=unit) for role, unit in roles)
    if not administrators().exists():
        raise PeopleError(_("At least one active administrator of the top unit must remain."))
    publish(scope, catalogue.UserChanged(subject_id=str(user.pk), change="changed"), at=at)
    return user


@transaction.atomic
def change_account(scope: Scope, *, user: User, name: str, language: str, at: datetime) -> User:
    """What everybody may change about himself."""
    if scope.user_id != user.pk:
        scope.require("people.manage")
    user.name, user.language = name, language
    user.save(update_fields=["name", "language"])
    publish(scope, catalogue.UserChanged(subject_id=str(user.pk), change="account"), at=at)
    return user


def administrators() -> Any:
    """Active users who administer the whole organisation."""
    return User.objects.filter(
        is_active=True, memberships__role="administrator", memberships__unit__parent=None
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


@transaction.atomic
def create_token(scope: Scope, *, user: User, name: str, at: datetime) -> str:
    """A new API token of the user; the answer is the only time it can be read."""
    if scope.user_id != user.pk:
        scope.require("people.manage")
    token = f"manyi_{secrets.token_urlsafe(32)}"
    row = ApiToken.objects.create(
        user=user, name=name, digest=_digest(token), prefix=token[:12], created_at=at
    )
    publish(scope, catalogue.TokenChanged(subject_id=str(user.pk), change="created", token_id=row.pk), at=at)
    return token


@transaction.atomic
def revoke_token(scope: Scope, *, token: ApiToken, at: datetime) -> None:
    if scope.user_id != token.user_id:
        scope.require("people.manage")
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=at)
    publish(
        scope,
        catalogue.TokenChanged(subject_id=str(token.user_id), change="revoked", token_id=token.pk),
        at=at,
    )


def user_of_token(token: str, *, at: datetime) -> User | None:
    """The active user a bearer token belongs to; notes the use at most once a minute."""
    row = ApiToken.objects.select_related("user").filter(digest=_digest(token), revoked_at=None).first()
    if row is None or not row.user.is_active:
        return None
    if row.last_used_at is None or (at - row.last_used_at).total_seconds() > 60:
        ApiToken.objects.filter(pk=row.pk).update(last_used_at=at)
    return row.user
