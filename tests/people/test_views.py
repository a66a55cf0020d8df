"""Settings and account pages: who may open them, what they change."""

from __future__ import annotations

import pytest
from django.test import Client

from manyi.people.models import ApiToken, OrgUnit, User
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
PAGES = [
    "/settings/",
    "/settings/units/",
    "/settings/users/",
    "/settings/users/new/",
    "/settings/events/",
    "/account/",
]


@pytest.fixture
def admin(cast: Cast, client: Client) -> Client:
    client.force_login(cast.admin, backend=BACKEND)
    return client


@pytest.mark.parametrize("address", PAGES)
def test_the_administrator_opens_every_page_in_few_queries(
    admin: Client, address: str, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(30):  # type: ignore[operator]
        assert admin.get(address).status_code == 200


@pytest.mark.parametrize("address", PAGES[:4])
def test_a_branch_manager_may_not_open_settings(cast: Cast, client: Client, address: str) -> None:
    client.force_login(cast.east_manager, backend=BACKEND)
    response = client.get(address)
    assert response.status_code == 403
    assert b"Your role does not include this page" in response.content


def test_a_visitor_is_asked_to_sign_in(client: Client, db: None) -> None:
    response = client.get("/settings/")
    assert response.status_code == 302
    assert response.headers["Location"].startswith("/accounts/login/")


def test_signing_in_speaks_the_users_language(cast: Cast, client: Client) -> None:
    User.objects.filter(username="manager").update(language="zh-hans")
    response = client.post("/accounts/login/", {"login": "manager", "password": "secret-words"}, follow=True)
    assert response.status_code == 200
    assert 'lang="zh-Hans"' in response.content.decode()


def test_a_unit_is_added_once(admin: Client, cast: Cast) -> None:
    data = {"parent": cast.east.pk, "code": "shanghai", "name_zh": "上海", "name_en": "Shanghai"}
    assert admin.post("/settings/units/", data).status_code == 302
    assert OrgUnit.objects.get(code="shanghai").path.startswith(cast.east.path)
    again = admin.post("/settings/units/", data)
    assert again.status_code == 422
    assert "is taken" in again.content.decode()


def _user_form(cast: Cast, **changes: object) -> dict[str, object]:
    return {
        "username": "li.wei", "name": "李伟", "email": "li@example.org", "language": "zh-hans",
        "password": "correct-horse-battery", "is_active": "on", "roles-TOTAL_FORMS": 2, "roles-INITIAL_FORMS": 0,
        "roles-0-role": "agent", "roles-0-unit": cast.east.pk, "roles-1-role": "executive",
        "roles-1-unit": cast.west.pk, **changes,
    }  # fmt: skip


def test_a_user_with_two_roles_is_added_and_one_role_taken_away(admin: Client, cast: Cast) -> None:
    assert admin.post("/settings/users/new/", _user_form(cast)).status_code == 302
    user = User.objects.get(username="li.wei")
    assert set(user.memberships.values_list("role", "unit__code")) == {
        ("agent", "east"),
        ("executive", "west"),
    }
    change = _user_form(cast, **{"roles-INITIAL_FORMS": 2, "roles-1-DELETE": "on", "password": ""})
    assert admin.post(f"/settings/users/{user.pk}/", change).status_code == 302
    assert user.memberships.get().role == "agent"
    assert User.objects.get(pk=user.pk).check_password("correct-horse-battery")


def test_the_last_administrator_cannot_be_locked_out(admin: Client, cast: Cast) -> None:
    change = _user_form(
        cast, username="admin", password="", **{"roles-TOTAL_FORMS": 1, "roles-0-role": "agent"}
    )
    response = admin.post(f"/settings/users/{cast.admin.pk}/", change)
    assert response.status_code == 422
    assert "administrator of the top unit must remain" in response.content.decode()
    assert cast.admin.memberships.get().role == "administrator"


def test_quiet_hours_and_anonymity_floor_are_checked(admin: Client) -> None:
    data = {
        "name_zh": "甲", "name_en": "A", "quiet_from": "22:00", "quiet_until": "07:00", "fatigue_days": 10,
        "anonymity_minimum": 2,
    }  # fmt: skip
    assert admin.post("/settings/", data).status_code == 422
    assert admin.post("/settings/", {**data, "anonymity_minimum": 5}).status_code == 302


def test_a_token_is_shown_once_and_can_be_revoked(admin: Client) -> None:
    page = admin.post("/account/tokens/", {"name": "export"}).content.decode()
    row = ApiToken.objects.get()
    token = page[page.index("manyi_") :].split("<")[0]
    assert token.startswith(row.prefix)
    assert token not in admin.get("/account/").content.decode()
    assert Client().get("/api/v1/users", headers={"Authorization": f"Bearer {token}"}).status_code == 200
    admin.post(f"/account/tokens/{row.pk}/revoke/")
    assert Client().get("/api/v1/users", headers={"Authorization": f"Bearer {token}"}).status_code == 401
