"""Categories: the shipped sets, one's own, and what happens to those no longer used."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from manyi.complaints.category_sets import SETS
from manyi.complaints.models import Category
from manyi.complaints.queries.cases import categories as active
from manyi.complaints.services import categories
from manyi.scope import NotAllowed
from manyi.web.errors import Refused
from tests import factories
from tests.conftest import Cast

URL = "/settings/categories/"


@pytest.mark.parametrize("industry", SETS)
def test_a_shipped_set_is_named_in_both_languages_and_installed_once(
    cast: Cast, at: datetime, industry: str
) -> None:
    scope = cast.scope("manager")
    added = categories.install_categories(scope, industry=industry, at=at)
    assert added == sum(1 + len(children) for _group, children in SETS[industry])
    assert categories.install_categories(scope, industry=industry, at=at) == 0
    assert all(row.name["zh"] and row.name["en"] for row in Category.objects.all())


def test_both_sets_go_together(cast: Cast, at: datetime) -> None:
    codes = [c for s in SETS.values() for group, rows in s for c, _zh, _en in (group, *rows)]
    assert len(codes) == len(set(codes))


def test_what_is_there_is_not_changed_by_a_set(cast: Cast, at: datetime) -> None:
    scope = cast.scope("manager")
    row = categories.add_category(scope, code="quality", name={"zh": "质量问题"}, at=at)
    categories.change_category(scope, category=row, active=False, at=at)
    categories.install_categories(scope, industry="manufacturing", at=at)
    row.refresh_from_db()
    assert (row.name, row.active) == ({"zh": "质量问题"}, False)


def test_a_group_takes_its_categories_out_of_use_and_complaints_keep_theirs(cast: Cast, at: datetime) -> None:
    scope = cast.scope("manager")
    group = categories.add_category(scope, code="g", name={"en": "Group"}, at=at)
    row = categories.add_category(scope, code="c", name={"en": "Child"}, parent=group, at=at)
    complaint = factories.complaint(cast.east, cast.agent, at, category=row)
    categories.change_category(scope, category=group, active=False, at=at)
    assert not active().exists()
    complaint.refresh_from_db()
    assert complaint.category == row
    row.refresh_from_db()
    with pytest.raises(Refused, match="Its group is not in use"):
        categories.change_category(scope, category=row, active=True, at=at)


def test_refused(cast: Cast, at: datetime) -> None:
    scope = cast.scope("manager")
    group = categories.add_category(scope, code="g", name={"en": "Group"}, at=at)
    row = categories.add_category(scope, code="c", name={"en": "Child"}, parent=group, at=at)
    for code, name, parent in (("g", {"en": "x"}, None), ("n", {"en": " "}, None), ("n", {"en": "x"}, row)):
        with pytest.raises(Refused):
            categories.add_category(scope, code=code, name=name, parent=parent, at=at)
    with pytest.raises(Refused):
        categories.install_categories(scope, industry="piracy", at=at)
    assert Category.objects.count() == 2


def test_only_who_manages_the_whole_organisation_may(cast: Cast, at: datetime) -> None:
    for name in ("east_manager", "agent", "executive"):
        with pytest.raises(NotAllowed):
            categories.add_category(cast.scope(name), code="x", name={"en": "x"}, at=at)


def test_the_page_adds_a_set_renames_and_takes_out_of_use(cast: Cast) -> None:
    client = Client()
    client.force_login(cast.manager, backend="django.contrib.auth.backends.ModelBackend")
    assert "No categories yet" in client.get(URL).content.decode()
    assert client.post(URL, {"industry": "services"}).status_code == 302
    assert client.post(URL, {"code": "own", "name_en": "Own"}).status_code == 302
    assert client.post(URL, {"code": "own", "name_en": "Twice"}).status_code == 422
    row = Category.objects.get(code="own")
    client.post(f"{URL}{row.pk}/", {"name_zh": "自有", "name_en": "Renamed"})
    row.refresh_from_db()
    assert (row.name, row.active) == ({"zh": "自有", "en": "Renamed"}, False)
    assert "Renamed" in client.get(URL).content.decode()
    client.force_login(cast.agent, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get(URL).status_code == 403
