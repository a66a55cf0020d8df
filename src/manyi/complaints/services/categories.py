"""Categories of complaints: the shipped sets, and one's own."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from manyi.complaints.category_sets import SETS
from manyi.complaints.models import Category
from manyi.events.catalogue import CategoryChanged
from manyi.events.services import publish
from manyi.people.models import OrgUnit
from manyi.scope import Scope
from manyi.web.errors import Refused

RIGHT = "complaints.manage"


def may_manage(scope: Scope) -> bool:
    """Categories are the whole organisation's, so the right has to be held at its top."""
    root = OrgUnit.objects.filter(parent=None).first()
    return root is not None and scope.may(RIGHT, root.pk)


def _require(scope: Scope) -> None:
    root = OrgUnit.objects.filter(parent=None).first()
    scope.require(RIGHT, root.pk if root else None)


@transaction.atomic
def install_categories(scope: Scope, *, industry: str, at: datetime) -> int:
    """Add what is missing of a shipped set ('manufacturing' or 'services'); what is there stays as it is.

    Returns how many were added. Raises Refused for an unknown set.
    """
    _require(scope)
    if industry not in SETS:
        raise Refused(_("“%(name)s” is no set of categories.") % {"name": industry})
    before = Category.objects.count()
    position = _last_position()
    for (code, zh, en), children in SETS[industry]:
        position += 1
        parent, _made = Category.objects.get_or_create(
            code=code, defaults={"name": {"zh": zh, "en": en}, "industry": industry, "position": position}
        )
        for code, zh, en in children:
            position += 1
            Category.objects.get_or_create(
                code=code,
                defaults={
                    "name": {"zh": zh, "en": en}, "industry": industry, "position": position, "parent": parent,
                },
            )  # fmt: skip
    added = Category.objects.count() - before
    if added:
        _changed(scope, industry, "installed", at)
    return added


def _last_position() -> int:
    return int(Category.objects.aggregate(last=Max("position"))["last"] or 0)


@transaction.atomic
def add_category(
    scope: Scope, *, code: str, name: dict[str, str], at: datetime, parent: Category | None = None
) -> Category:
    """A category of one's own, at the end of its group. Two levels at most. Raises Refused, ValidationError."""
    _require(scope)
    if parent is not None and parent.parent_id is not None:
        raise Refused(_("A group cannot stand inside another group."))
    if Category.objects.filter(code=code).exists():
        raise Refused(_("Code “%(code)s” is taken.") % {"code": code})
    row = Category(code=code, name=_named(name), parent=parent, position=_last_position() + 1)
    row.full_clean()
    row.save()
    _changed(scope, row.code, "added", at)
    return row


@transaction.atomic
def change_category(
    scope: Scope,
    *,
    category: Category,
    at: datetime,
    name: dict[str, str] | None = None,
    active: bool | None = None,
) -> Category:
    """Rename it, take it out of use, or use it again. Complaints keep theirs, and show the new name.

    A group takes its categories out of use with it.
    """
    _require(scope)
    if name is not None:
        category.name = _named(name)
    if active is not None and active != category.active:
        category.active = active
        if active and category.parent is not None and not category.parent.active:
            raise Refused(_("Its group is not in use. Take the group into use first."))
        category.children.update(active=active)
    category.full_clean()
    category.save()
    _changed(scope, category.code, "changed", at)
    return category


def _changed(scope: Scope, code: str, change: str, at: datetime) -> None:
    publish(scope, CategoryChanged(subject_id=code, change=change), at=at)


def _named(name: dict[str, str]) -> dict[str, str]:
    texts = {language: name.get(language, "").strip()[:60] for language in ("zh", "en")}
    if not any(texts.values()):
        raise Refused(_("Give the category a name."))
    return {language: text for language, text in texts.items() if text}
