"""Pages of the journey map and of service standards, as people use them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from manyi.improvement.models import Finding
from manyi.people.models import OrgUnit, User
from manyi.scope import Scope
from manyi.standards import sources
from manyi.standards.models import ServiceStandard, Stage, Touchpoint
from manyi.standards.sources import Reading
from tests.conftest import Cast
from tests.standards.journey_rows import standard, touchpoint

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture(autouse=True)
def _in_english() -> Iterator[None]:
    with translation.override("en"):
        yield


@pytest.fixture(autouse=True)
def measured(monkeypatch: pytest.MonkeyPatch) -> None:
    """Audits find 70 per cent everywhere."""

    def read(scope: Scope, subject: str, unit: OrgUnit, since: date, until: date) -> Reading:
        return Reading(value=70.0, low=60.0, high=80.0, n=40, url="/audits/")

    monkeypatch.setitem(sources._sources, "audit", sources._Source(read, None, False))


def login(client: Client, who: User) -> Client:
    client.force_login(who, backend=BACKEND)
    return client


def text(client: Client, path: str) -> str:
    answer = client.get(path, headers={"Accept-Language": "en"})
    assert answer.status_code == 200, path
    return answer.content.decode()


def test_without_a_map_the_page_says_how_to_begin(client: Client, cast: Cast) -> None:
    page = text(login(client, cast.manager), "/journey-map/")
    assert "No journey map yet" in page
    assert "/journey-map/edit/" in page
    assert "/journey-map/edit/" not in text(login(client, cast.agent), "/journey-map/")


def test_a_stage_a_touchpoint_and_a_standard_are_made_by_forms(client: Client, cast: Cast) -> None:
    login(client, cast.manager)
    answer = client.post(
        "/journey-map/new-stage/", {"code": "order", "name_zh": "下单", "name_en": "Ordering", "active": "on"}
    )
    assert answer.headers["Location"] == "/journey-map/edit/"
    point = {
        "code": "counter", "name_zh": "柜台", "name_en": "Counter", "stage": Stage.objects.get().pk,
        "unit": cast.group.pk, "owner": cast.agent.pk, "volume": "order", "active": "on",
    }  # fmt: skip
    assert client.post("/journey-map/new-touchpoint/", point).status_code == 302
    given = {
        "code": "greet", "name_zh": "问候", "name_en": "Greeted at once", "touchpoint": Touchpoint.objects.get().pk,
        "kind": "soft", "measured_by": "audit:", "better": "higher", "target": "90", "tolerance": "5", "active": "on",
        "training_en": "Manners", "also": ["promise:all"],
    }  # fmt: skip
    answer = client.post("/new-service-standard/", given)
    assert answer.headers["Location"] == "/service-standards/greet/"
    row = ServiceStandard.objects.get()
    assert (row.source, row.subject, row.also, row.training) == (
        "audit",
        "",
        {"promise": "all"},
        {"en": "Manners"},
    )
    client.post("/service-standards/greet/edit/", {**given, "target": "92"})
    page = text(client, "/service-standards/greet/")
    assert page.index("Target 92") < page.index("Target 90")
    assert "· Manager" in page
    page = text(client, "/journey-map/")
    for said in ("Ordering", "Counter", "Agent", "Greeted at once", "Standard missed", "1 standard missed"):
        assert said in page


def test_a_form_says_what_is_wrong_and_nothing_is_kept(client: Client, cast: Cast) -> None:
    touchpoint(cast.group, "counter")
    login(client, cast.manager)
    point = {
        "code": "counter", "name_zh": "柜台", "name_en": "Counter", "stage": Stage.objects.get().pk, "unit": cast.group.pk,
    }  # fmt: skip
    answer = client.post("/journey-map/new-touchpoint/", point, headers={"Accept-Language": "en"})
    assert answer.status_code == 422
    assert "already exists" in answer.content.decode()
    assert Touchpoint.objects.count() == 1
    answer = client.post("/new-service-standard/", {"code": "x", "target": "200", "measured_by": "moon:"})
    assert answer.status_code == 422
    assert not ServiceStandard.objects.exists()


def test_a_touchpoint_is_changed_and_taken_off_the_map(client: Client, cast: Cast) -> None:
    row = touchpoint(cast.group, "counter", category="gone-category")
    login(client, cast.manager)
    page = text(client, "/journey-map/touchpoints/counter/")
    assert "gone-category" in page  # what it has stays, although nobody offers it any more
    point = {
        "name_zh": "前台", "name_en": "Front desk", "stage": row.stage_id, "unit": cast.group.pk, "category": "gone-category",
    }  # fmt: skip
    assert client.post("/journey-map/touchpoints/counter/", point).status_code == 302
    row.refresh_from_db()
    assert (row.name["en"], row.is_active, row.category) == ("Front desk", False, "gone-category")
    assert "Front desk" not in text(client, "/journey-map/")
    assert "not on the map" in text(client, "/journey-map/edit/")


def test_moving_by_buttons(client: Client, cast: Cast) -> None:
    for code in "ab":
        touchpoint(cast.group, code)
        Touchpoint.objects.filter(code=code).update(position="ab".index(code))
    login(client, cast.manager)
    answer = client.post("/journey-map/move/touchpoint/b/", {"by": "-1"})
    assert answer.headers["Location"] == "/journey-map/edit/?moved=touchpoint%3Ab%3A-1"
    # At the top the button just used is out of use, so the other one has the focus.
    page = text(client, answer.headers["Location"])
    assert page.count("autofocus") == 1
    assert 'autofocus aria-label="Move down: B"' in page
    assert [t.code for t in Touchpoint.objects.all()] == ["b", "a"]
    assert client.post("/journey-map/move/stage/delivery/", {"by": "1"}).status_code == 302


def test_another_branch_finds_nothing_to_look_at_or_move(client: Client, cast: Cast) -> None:
    standard(touchpoint(cast.east, "counter"), "greet")
    login(client, cast.outsider)
    for path in (
        "/journey-map/touchpoints/counter/", "/service-standards/greet/", "/service-standards/greet/edit/",
        "/service-standards/greet/history.csv", f"/service-standards/greet/?unit={cast.west.pk}",
    ):  # fmt: skip
        assert client.get(path).status_code == 404, path
    assert client.post("/journey-map/move/touchpoint/counter/", {"by": "1"}).status_code == 404
    assert client.get("/journey-map/new-stage/").status_code == 404
    # A unit out of sight is no choice: the reader's own is shown instead.
    assert "counter" not in text(client, f"/journey-map/?unit={cast.east.pk}").lower()


def test_a_reader_without_the_right_to_draw_is_sent_away(client: Client, cast: Cast) -> None:
    standard(touchpoint(cast.group, "counter"), "greet")
    login(client, cast.agent)
    for path in ("/journey-map/edit/", "/journey-map/new-touchpoint/", "/journey-map/new-stage/", "/new-service-standard/", "/service-standards/greet/edit/"):  # fmt: skip
        assert client.get(path).status_code == 403, path
    assert client.post("/journey-map/move/stage/delivery/", {"by": "1"}).status_code == 403


def test_the_list_filters_by_status_unit_and_period(client: Client, cast: Cast) -> None:
    point = touchpoint(cast.group)
    standard(point, "strict", target=90, name={"zh": "严", "en": "Strict one"})
    standard(point, "easy", target=50, name={"zh": "松", "en": "Easy one"})
    standard(touchpoint(cast.west, "west"), "west", name={"zh": "西", "en": "Western one"})
    login(client, cast.manager)
    page = text(client, "/service-standards/")
    assert all(name in page for name in ("Strict one", "Easy one", "Western one"))
    missed = text(client, "/service-standards/?status=missed")
    assert "Strict one" in missed
    assert "Easy one" not in missed
    assert "Western one" not in text(client, f"/service-standards/?unit={cast.east.pk}&period=30")
    assert "No standard has this status" in text(client, "/service-standards/?status=watched")


def test_a_standard_shows_its_history_target_evidence_and_units(client: Client, cast: Cast) -> None:
    standard(touchpoint(cast.group, owner=cast.agent), "greet", training={"zh": "礼仪", "en": "Manners"})
    login(client, cast.manager)
    page = text(client, "/service-standards/greet/")
    for said in (
        "70.0",
        "60.0–80.0",
        "The interval excludes the target.",
        "Manners",
        "/audits/",
        "East",
        "West",
        "by month",
    ):
        assert said in page, said
    table = client.get("/service-standards/greet/history.csv", headers={"Accept-Language": "en"})
    lines = table.content.decode("utf-8-sig").splitlines()
    assert len(lines) == 13
    assert lines[1].split(",")[1:] == ["70.0", "60.0", "80.0", "40", "90.0", "Standard missed"]
    assert client.get("/service-standards/greet/history.png").content.startswith(b"\x89PNG")


def test_nonsense_in_the_address_is_the_usual_look(client: Client, cast: Cast) -> None:
    standard(touchpoint(cast.group), "greet")
    login(client, cast.manager)
    for query in ("?unit=abc&period=x", "?unit=999999", "?period=2099-01", "?status=moon", "?unit=%00"):
        for path in ("/journey-map/", "/service-standards/", "/service-standards/greet/"):
            assert client.get(path + query).status_code == 200, path + query


def test_a_missed_standard_becomes_a_finding_of_the_unit_that_is_looked_at(
    client: Client, cast: Cast
) -> None:
    standard(touchpoint(cast.group), "greet", name={"zh": "问候", "en": "Greeted at once"})
    login(client, cast.manager)
    page = text(client, f"/service-standards/greet/?unit={cast.east.pk}&period=30")
    key = f"greet:{cast.east.pk}:30"
    assert f'name="key" value="{key}"' in page
    client.post(reverse("raise-finding"), {"kind": "standard", "key": key})
    row = Finding.objects.get()
    assert (row.unit, row.kind) == (cast.east, "standard")
    assert "Greeted at once" in row.title
    assert row.evidence["value"] == 70.0
    assert row.evidence["url"] == f"/service-standards/greet/?unit={cast.east.pk}&period=30"
