from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from manyi.customers.models import Customer
from manyi.scope import Scope
from manyi.surveys.models import Invitation, NotAsked, Wave
from manyi.surveys.services import waves
from manyi.surveys.views import waves as wave_views
from tests import factories
from tests.conftest import Cast

BACKEND = "django.contrib.auth.backends.ModelBackend"


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend=BACKEND)
    return client


@pytest.fixture
def wave(cast: Cast, at: datetime) -> Wave:
    for number in range(6):
        factories.customer(cast.east, number, at)
    hostile = factories.customer(cast.west, 1, at, active=False)
    hostile.name = "=HYPERLINK(1)"
    hostile.save()
    row = factories.wave(cast.group, at, state="draft", opened_at=None)
    waves.enable_open_link(Scope.system("test"), wave=row)
    return waves.open_wave(Scope.system("test"), wave=row, at=at)


@pytest.mark.parametrize("path", ["", "invitations/", "not-asked/"])
def test_pages_of_an_open_wave_show_and_stay_under_30_queries(
    cast: Cast, wave: Wave, path: str, django_assert_max_num_queries: Any
) -> None:
    client = signed_in(cast.manager)
    with django_assert_max_num_queries(30):
        assert client.get(f"/waves/{wave.pk}/{path}").status_code == 200


def test_a_branch_sees_a_group_wave_but_only_its_own_people(cast: Cast, wave: Wave) -> None:
    page = signed_in(cast.outsider).get(f"/waves/{wave.pk}/invitations/")
    assert page.status_code == 200
    assert "客户 0" not in page.content.decode()


def test_another_branch_gets_404(cast: Cast, wave: Wave, at: datetime) -> None:
    own = factories.wave(cast.east, at)
    for path in ("", "invitations/", "not-asked/", "poster.svg"):
        assert signed_in(cast.outsider).get(f"/waves/{own.pk}/{path}").status_code == 404


def test_the_ledger_as_csv_runs_no_formula(cast: Cast, wave: Wave) -> None:
    text = signed_in(cast.manager).get(f"/waves/{wave.pk}/not-asked/?format=csv").content.decode()
    assert "'=HYPERLINK(1)" in text


def test_qr_code_and_poster_are_downloaded(cast: Cast, wave: Wave) -> None:
    client = signed_in(cast.manager)
    assert client.get(f"/waves/{wave.pk}/poster.svg").content.startswith(b"<svg")
    assert client.get(f"/waves/{wave.pk}/poster.pdf").content.startswith(b"%PDF")
    assert client.get(f"/waves/{wave.pk}/poster.exe").status_code == 404


def test_an_anonymous_wave_shows_no_answers_of_persons(cast: Cast, wave: Wave) -> None:
    Wave.objects.filter(pk=wave.pk).update(anonymous=True)
    wave.invitations.update(answered=True)
    page = signed_in(cast.manager).get(f"/waves/{wave.pk}/invitations/").content.decode()
    assert "✓" not in page
    assert "Answered" not in page


def test_a_wave_is_planned_in_the_browser_with_a_preview(cast: Cast, at: datetime) -> None:
    factories.customer(cast.east, 1, at)
    tree = factories.tree_version(at)
    form = factories.questionnaire_version(at, tree)
    client = signed_in(cast.manager)
    assert client.get("/waves/new/").status_code == 200
    data = {
        "name_zh": "一季度", "code": "q1", "unit": str(cast.group.pk), "questionnaire_version": str(form.pk),
        "method": "all", "reminder_days": "3，7", "margin": "0.05",
    }  # fmt: skip
    assert "1" in client.post("/waves/preview/", data).content.decode()
    answer = client.post("/waves/new/", data)
    assert answer.status_code == 302, answer.content.decode()
    row = Wave.objects.get(code="q1")
    assert (row.reminder_days, row.tree_version) == ([3, 7], tree)
    assert client.get(f"/waves/{row.pk}/").status_code == 200
    assert client.get(f"/waves/{row.pk}/edit/").status_code == 200
    assert client.post("/waves/new/", data).status_code == 422
    client.post(f"/waves/{row.pk}/open/")
    assert Wave.objects.get(code="q1").state == "open"
    client.post(f"/waves/{row.pk}/close/")
    assert Wave.objects.get(code="q1").state == "closed"


@pytest.mark.parametrize(
    "path", ["", "progress/", "invitations/", "not-asked/", "invitations/?q=客户&page=9"]
)
def test_two_thousand_invitations_cost_no_more_queries(
    cast: Cast, at: datetime, path: str, django_assert_max_num_queries: Any
) -> None:
    wave = factories.wave(cast.group, at)
    people = Customer.objects.bulk_create(
        Customer(code=f"c{n}", name=f"客户 {n}", unit=(cast.east, cast.west)[n % 2], created_at=at)
        for n in range(2_100)
    )
    Invitation.objects.bulk_create(
        Invitation(
            wave=wave, customer=row, unit_id=row.unit_id, token=f"t{row.pk}", created_at=at,
            state="sent", sent_at=at, answered=bool(row.pk % 3),
        )
        for row in people[:2_000]
    )  # fmt: skip
    NotAsked.objects.bulk_create(
        NotAsked(wave=wave, customer=row, unit_id=row.unit_id, reason="fatigue", at=at)
        for row in people[2_000:]
    )
    client = signed_in(cast.manager)
    with django_assert_max_num_queries(30):
        assert client.get(f"/waves/{wave.pk}/{path}").status_code == 200


def test_everybody_who_sees_the_wave_sees_how_far_sending_is(
    cast: Cast, wave: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, path = signed_in(cast.executive), f"/waves/{wave.pk}/progress/"
    monkeypatch.setattr(wave_views, "first_moment", lambda at: at)
    page = client.get(path).content.decode()
    assert f'hx-get="{path}"' in page
    assert "Sending: 0 of 6" in page
    assert f'hx-get="{path}"' in client.get(f"/waves/{wave.pk}/").content.decode()
    wave.invitations.update(state="sent")
    done = client.get(path)
    assert done.headers["HX-Refresh"] == "true"
    assert "hx-get" not in done.content.decode()


def test_mails_that_wait_for_the_morning_are_announced_and_not_polled_for(
    cast: Cast, wave: Wave, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wave_views, "first_moment", lambda at: at + timedelta(hours=8))
    page = signed_in(cast.executive).get(f"/waves/{wave.pk}/progress/").content.decode()
    assert "6 mails wait for the end of the quiet hours" in page
    assert "hx-get" not in page


def test_the_daily_chart_of_an_anonymous_wave_does_not_speak_of_opening(cast: Cast, wave: Wave) -> None:
    wave.invitations.update(state="sent", sent_at=wave.opened_at)
    charts = {c.title: c for c in signed_in(cast.manager).get(f"/waves/{wave.pk}/").context["charts"]}
    assert charts["Day by day"].table.headers == ("Day", "Sent", "Opened", "Answered")
    Wave.objects.filter(pk=wave.pk).update(anonymous=True)
    charts = {c.title: c for c in signed_in(cast.manager).get(f"/waves/{wave.pk}/").context["charts"]}
    assert charts["Day by day"].table.headers == ("Day", "Sent", "Answered")
    assert [s["name"] for s in charts["Day by day"].option["series"]] == ["Sent", "Answered"]


def test_the_customers_page_tells_the_waves_asked_and_why_not(cast: Cast, wave: Wave, at: datetime) -> None:
    asked, left = Customer.objects.filter(unit=cast.east)[0], Customer.objects.get(unit=cast.west)
    wave.invitations.filter(customer=asked).update(answered=True, state="sent", sent_at=at)
    client = signed_in(cast.manager)
    assert f"/customers/{asked.pk}/waves/" in client.get(f"/customers/{asked.pk}/").content.decode()
    page = client.get(f"/customers/{asked.pk}/waves/").content.decode()
    assert "First wave" in page
    assert "· answered" in page
    assert "Not asked: Inactive customer" in client.get(f"/customers/{left.pk}/waves/").content.decode()
    Wave.objects.filter(pk=wave.pk).update(anonymous=True)
    hidden = client.get(f"/customers/{asked.pk}/waves/").content.decode()
    assert "· answered" not in hidden
    assert "nobody can see" in hidden


def test_the_panel_of_another_branchs_customer_is_not_found(cast: Cast, wave: Wave) -> None:
    row = Customer.objects.filter(unit=cast.east)[0]
    assert signed_in(cast.outsider).get(f"/customers/{row.pk}/waves/").status_code == 404
