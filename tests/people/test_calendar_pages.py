"""Pages and API of business calendars."""

from __future__ import annotations

from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from manyi.people import services, services_calendars
from manyi.people.models import BusinessCalendar
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"
FORM = {
    "name_zh": "德国工厂", "name_en": "Works in Germany", "code": "de", "timezone": "Europe/Berlin", "country": "",
    **{f"week_{n}": "8-12, 13-17" for n in range(5)}, "week_5": "", "week_6": "",
}  # fmt: skip


@pytest.fixture
def admin(cast: Cast, client: Client) -> Client:
    client.force_login(cast.admin, backend=BACKEND)
    services_calendars.shipped()
    return client


def standard() -> BusinessCalendar:
    return BusinessCalendar.objects.get(code="standard")


def test_a_year_shows_holidays_and_make_up_days_with_a_word_for_each(admin: Client) -> None:
    page = admin.get(f"/settings/calendars/{standard().pk}/?year=2026")
    html = page.content.decode()
    assert html.count("calendar-day holiday") - 1 == 33  # the legend has one too
    assert html.count("calendar-day make_up") - 1 == 6
    assert "Spring Festival" in html
    assert "248 open days" in html
    chinese = admin.get(
        f"/settings/calendars/{standard().pk}/?year=2026", headers={"accept-language": "zh-hans"}
    )
    assert chinese.status_code == 200


def test_a_year_whose_holidays_are_not_known_says_so(admin: Client) -> None:
    assert "are not known" in admin.get(f"/settings/calendars/{standard().pk}/?year=2031").content.decode()
    assert (
        "are not known" not in admin.get(f"/settings/calendars/{standard().pk}/?year=2026").content.decode()
    )
    assert admin.get(f"/settings/calendars/{standard().pk}/?year=99999999").status_code == 200


def test_a_calendar_is_added_and_wrong_hours_are_named(admin: Client) -> None:
    wrong = admin.post("/settings/calendars/new/", FORM | {"week_2": "8-25"})
    assert wrong.status_code == 422
    assert "8-25" in wrong.content.decode()
    assert admin.post("/settings/calendars/new/", FORM).status_code == 302
    row = BusinessCalendar.objects.get(code="de")
    assert row.week[0] == "08:00-12:00, 13:00-17:00"
    changed = admin.post(f"/settings/calendars/{row.pk}/edit/", FORM | {"week_5": "9-12", "code": "other"})
    assert changed.status_code == 302
    row.refresh_from_db()
    assert (row.code, row.week[5]) == ("de", "09:00-12:00")


def test_days_are_added_removed_and_imported(admin: Client) -> None:
    row = standard()
    base = f"/settings/calendars/{row.pk}/"
    assert admin.post(base, {"day": "2027-02-06", "hours": "x"}).status_code == 422
    assert admin.post(base, {"day": "2027-02-06", "hours": "", "note": "春节"}).status_code == 302
    page = admin.get(f"{base}?year=2027").content.decode()
    assert "calendar-day own_closed" in page
    assert "春节" in page
    admin.post(f"{base}remove-day/", {"day": "2027-02-06"})
    assert not row.days.exists()
    good = SimpleUploadedFile("days.csv", "date,hours,note\n2027-02-06,,春节\n".encode("gb18030"))
    assert admin.post(f"{base}import/", {"file": good}).status_code == 302
    assert row.days.get().day == date(2027, 2, 6)
    bad = SimpleUploadedFile("days.csv", b"date,hours\n2027-02-31,\n")
    refused = admin.post(f"{base}import/", {"file": bad})
    assert refused.status_code == 422
    assert "2027-02-31" in refused.content.decode()


@pytest.mark.parametrize("path", ["", "new/", "{pk}/", "{pk}/edit/"])
def test_only_who_manages_the_organisation_sees_the_pages(cast: Cast, client: Client, path: str) -> None:
    services_calendars.shipped()
    address = "/settings/calendars/" + path.format(pk=standard().pk)
    client.force_login(cast.manager, backend=BACKEND)
    assert client.get(address).status_code == 403
    client.force_login(cast.admin, backend=BACKEND)
    assert client.get(address).status_code == 200


def test_the_api_lists_adds_and_counts(cast: Cast, client: Client) -> None:
    token = services.create_token(cast.scope("admin"), user=cast.admin, name="t", at=cast.admin.date_joined)
    headers = {"authorization": f"Bearer {token}"}
    listed = client.get("/api/v1/calendars", headers=headers).json()
    assert [row["code"] for row in listed["items"]] == ["standard", "always"]
    body = {
        "code": "de",
        "name": {"zh": "德", "en": "De"},
        "timezone": "Europe/Berlin",
        "week": ["9-17"] * 5 + ["", ""],
    }
    added = client.post("/api/v1/calendars", body, content_type="application/json", headers=headers)
    assert added.status_code == 201
    address = f"/api/v1/calendars/{added.json()['id']}"
    day = {"day": "2026-03-03", "note": "closed"}
    assert (
        client.put(f"{address}/days", day, content_type="application/json", headers=headers).status_code
        == 200
    )
    assert client.get(f"{address}/days", headers=headers).json()["items"][0]["hours"] == ""
    due = client.get(f"{address}/due?start=2026-03-02T16:00:00%2B01:00&minutes=120", headers=headers).json()
    assert due["due"].startswith("2026-03-04T09:00:00")
    far = f"/api/v1/calendars/{listed['items'][0]['id']}/due?start=2026-03-02T16:00:00Z&minutes=5000000"
    assert client.get(far, headers=headers).json()["due"] > "2060"
    assert (
        client.get(f"{address}/due?start=0001-01-01T00:00:00Z&minutes=1", headers=headers).status_code == 422
    )
    refused = client.post("/api/v1/calendars", body, content_type="application/json", headers=headers)
    assert refused.status_code == 409
