"""Audits: made from standards, filled in on a phone, frozen, and the figure of a standard that comes from them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from manyi.scope import NotAllowed
from manyi.standards import photographs, sources
from manyi.standards.models import Audit, AuditPhoto, Checklist, ServiceStandard
from manyi.standards.queries import audits as queries
from manyi.standards.services import audits, checklists, marking
from manyi.web.errors import Refused
from tests.conftest import Cast
from tests.standards import places

DAY = date(2026, 3, 20)


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def planned(cast: Cast, at: datetime, unit: Any = None) -> Audit:
    row = Checklist.objects.first() or places.checklist(cast, at)
    return audits.plan(
        cast.scope("manager"),
        checklist=row,
        unit=unit or cast.east,
        auditor=cast.executive,
        due_on=DAY,
        at=at,
    )


def fill(cast: Cast, audit: Audit, at: datetime, greet: float | None = 100, wait: float | None = 0, tidy: float | None = 70) -> None:  # fmt: skip
    scope = cast.scope("executive")
    for mark, value in zip(audit.marks.all(), (greet, wait, tidy), strict=True):
        audits.mark(scope, audit=audit, mark=mark, value=value, not_applicable=value is None, at=at)


def test_the_score_is_kept_and_frozen_when_handed_in(cast: Cast, at: datetime) -> None:
    audit = planned(cast, at)
    fill(cast, audit, at)
    audits.submit(cast.scope("executive"), audit=audit, at=at)
    audit.refresh_from_db()
    assert audit.score == pytest.approx((100 + 0 + 2 * 70) / 4)
    assert audit.checks == 3
    assert (audit.low or 0) < 60 < (audit.high or 0)
    mark = audit.marks.all()[0]
    with pytest.raises(Refused):
        audits.mark(cast.scope("executive"), audit=audit, mark=mark, value=0, at=at)
    with pytest.raises(Refused):
        audits.submit(cast.scope("executive"), audit=audit, at=at)


def test_a_list_changed_later_does_not_change_what_was_found(cast: Cast, at: datetime) -> None:
    audit = planned(cast, at)
    scope, row = cast.scope("manager"), audit.checklist
    check = row.checks.all()[0]
    checklists.put_check(scope, checklist=row, check=check, text=places.texts("Other"), weight=50, at=at)
    checklists.remove_check(scope, check=row.checks.all()[2], at=at)
    assert [m.text["en"] for m in audit.marks.all()] == [
        "Greeted at once",
        "Waits at most 10 minutes",
        "Tidy",
    ]
    assert audit.marks.all()[0].weight == 1


def test_missing_answers_are_counted_and_nothing_is_handed_in(cast: Cast, at: datetime) -> None:
    audit = planned(cast, at)
    audits.mark(cast.scope("executive"), audit=audit, mark=audit.marks.all()[0], value=100, at=at)
    with pytest.raises(Refused, match="2"):
        audits.submit(cast.scope("executive"), audit=audit, at=at)
    audit.refresh_from_db()
    assert audit.state == Audit.State.DOING


def test_only_the_auditor_fills_in_and_only_editors_plan(cast: Cast, at: datetime) -> None:
    audit = planned(cast, at)
    mark = audit.marks.all()[0]
    with pytest.raises(NotAllowed):
        audits.mark(cast.scope("manager"), audit=audit, mark=mark, value=100, at=at)
    with pytest.raises(NotAllowed):
        audits.plan(
            cast.scope("outsider"), checklist=audit.checklist, unit=cast.east, auditor=cast.executive, due_on=DAY, at=at
        )  # fmt: skip
    with pytest.raises(Refused, match="Agent"):
        audits.plan(
            cast.scope("manager"), checklist=audit.checklist, unit=cast.east, auditor=cast.agent, due_on=DAY, at=at
        )  # fmt: skip
    other = planned(cast, at, cast.west)
    with pytest.raises(NotAllowed):
        audits.mark(cast.scope("executive"), audit=audit, mark=other.marks.all()[0], value=100, at=at)


@pytest.mark.parametrize("value", [50, 101, -1])
def test_a_value_outside_the_scale_is_refused(cast: Cast, at: datetime, value: float) -> None:
    audit = planned(cast, at)
    with pytest.raises(Refused):
        audits.mark(cast.scope("executive"), audit=audit, mark=audit.marks.all()[0], value=value, at=at)


def test_the_standard_reads_its_figure_from_audits_of_the_unit_and_period(cast: Cast, at: datetime) -> None:
    for unit, greet in ((cast.east, 100), (cast.east, 0), (cast.west, 0)):
        audit = planned(cast, at, unit)
        fill(cast, audit, at, greet=greet)
        audits.submit(cast.scope("executive"), audit=audit, at=at)
    planned(cast, at)  # not handed in: does not count
    standard = ServiceStandard.objects.get(code="greet")
    scope, since, until = cast.scope("manager"), at.date(), at.date() + timedelta(days=1)

    def read(who: str, unit: Any, since: date = since, until: date = until) -> sources.Reading:
        return sources.reading(cast.scope(who), standard, unit, since, until, until)

    east = read("manager", cast.east)
    assert (east.value, east.n) == (50.0, 2)
    assert (east.low or 0) < 10  # two checks say little
    assert read("manager", cast.group).value == pytest.approx(100 / 3)
    assert read("east_manager", cast.west).value is None
    assert read("manager", cast.east, since - timedelta(days=9), since).n == 0
    assert east.url == f"/audits/?standard=greet&unit={cast.east.pk}"
    page = signed_in(cast.manager).get(east.url)
    assert len(page.context["page"]) == 3
    assert {m.round.unit for m in queries.missed(scope, at)} == {cast.east, cast.west}


def test_missed_standards_are_those_below_target_in_sight(cast: Cast, at: datetime) -> None:
    audit = planned(cast, at)
    fill(cast, audit, at, greet=0, wait=100, tidy=10)
    audits.submit(cast.scope("executive"), audit=audit, at=at)
    assert [m.standard.code for m in queries.missed(cast.scope("east_manager"), at)] == ["greet"]
    assert queries.missed(cast.scope("outsider"), at) == []
    assert queries.missed(cast.scope("east_manager"), at + timedelta(days=91)) == []
    mark = audit.marks.all()[0]
    assert queries.shown_mark(cast.scope("east_manager"), str(mark.pk)) == mark
    assert queries.shown_mark(cast.scope("outsider"), str(mark.pk)) is None
    assert queries.shown_mark(cast.scope("east_manager"), "²") is None


def test_the_sheet_is_filled_in_page_by_page_as_on_a_phone(
    cast: Cast, at: datetime, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    audit = planned(cast, at)
    client = signed_in(cast.executive)
    assert "Counter list" in client.get("/audits/").content.decode()
    sheet = client.get(f"/audits/{audit.pk}/sheet/")
    assert sheet.status_code == 200
    first, second, third = audit.marks.all()
    url = f"/audits/{audit.pk}/sheet/"
    saved = client.post(
        f"{url}{first.pk}/", {"answer": "yes", "note": "smiled"}, headers={"HX-Request": "true"}
    )
    assert "Saved at" in saved.content.decode()
    assert "1 of 3 answered" in saved.content.decode()
    client.post(f"{url}{second.pk}/", {"answer": "na"})
    wrong = client.post(f"{url}{third.pk}/", {"points": "120"}, headers={"HX-Request": "true"})
    assert wrong.status_code == 422
    client.post(f"{url}{third.pk}/", {"points": "80"})
    added = client.post(f"{url}{first.pk}/photos/", {"photo": places.photo()}, headers={"HX-Request": "true"})
    assert added.status_code == 200
    photo = AuditPhoto.objects.get()
    assert client.get(f"/audits/{audit.pk}/photos/{photo.pk}/")["Content-Type"] == "image/jpeg"
    assert signed_in(cast.outsider).get(f"/audits/{audit.pk}/photos/{photo.pk}/").status_code == 404
    page = client.post(f"/audits/{audit.pk}/submit/", {"remarks": "good"}, follow=True).content.decode()
    assert "86.7" in page  # (100 + 2 · 80) / 3
    assert signed_in(cast.outsider).get(f"/audits/{audit.pk}/").status_code == 404
    assert signed_in(cast.agent).get(f"/audits/{audit.pk}/").status_code == 200
    assert (
        client.post(
            f"{url}{first.pk}/photos/", {"remove": photo.pk}, headers={"HX-Request": "true"}
        ).status_code
        == 422
    )
    assert AuditPhoto.objects.exists()


def test_a_checklist_is_made_and_an_audit_planned_through_the_pages(cast: Cast) -> None:
    made = places.standards(cast)
    client = signed_in(cast.manager)
    assert client.get("/audits/checklists/").status_code == 200
    client.post("/audits/checklists/new/", {"name_en": "Shop", "unit": cast.group.pk})
    row = Checklist.objects.get()
    url = f"/audits/checklists/{row.pk}/"
    client.post(url, {"action": "touchpoint", "touchpoint": made[0].touchpoint_id})
    client.post(url, {"action": "check", "text_en": "Tidy", "weight": 3, "scale": "points"})
    assert (
        client.post(url, {"action": "check", "text_en": "x", "weight": 0, "scale": "points"}).status_code
        == 422
    )
    page = client.get(url).content.decode()
    assert "Tidy" in page
    assert row.checks.count() == 3
    client.post(url, {"action": "remove", "check": row.checks.all()[0].pk})
    assert row.checks.count() == 2
    client.post(url, {"action": "change", "list-name_en": "Shop 2", "list-is_active": "on"})
    row.refresh_from_db()
    assert (row.name["en"], row.is_active) == ("Shop 2", True)
    plan = {"checklist": row.pk, "unit": cast.east.pk, "auditor": cast.executive.pk, "due_on": "2026-03-20"}
    page = client.post("/audits/new/", plan, follow=True)
    assert "The audit is planned." in page.content.decode()
    bad = client.post("/audits/new/", {**plan, "auditor": cast.outsider.pk})
    assert bad.status_code == 422
    assert signed_in(cast.agent).get("/audits/checklists/").status_code == 403
    assert signed_in(cast.outsider).get(url).status_code == 200  # a list of the group holds in its branches
    assert (
        signed_in(cast.outsider)
        .post(url, {"action": "check", "text_en": "x", "weight": 1, "scale": "points"})
        .status_code
        == 403
    )


def test_photos_are_made_anew_smaller_and_without_metadata() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SpyCam"
    exif[0x0112] = 6  # lies on its side
    made = photographs.clean(places.photo(size=(4000, 2000), exif=exif), "x.jpg")
    assert (made.width, made.height) == (800, 1600)
    assert b"SpyCam" not in made.content
    assert made.content.startswith(b"\xff\xd8\xff")


@pytest.mark.parametrize(
    ("name", "content"),
    [("x.jpg", b"<script>alert(1)</script>"), ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), ("x.jpg", b""),
     ("x.jpg", b"\xff\xd8\xff\xe0broken")],
)  # fmt: skip
def test_what_is_no_photo_is_refused(name: str, content: bytes) -> None:
    with pytest.raises(Refused, match=name):
        photographs.clean(SimpleUploadedFile(name, content), name)
    with pytest.raises(Refused, match="not taken"):
        photographs.clean(places.photo("GIF"), "anim.gif")


def test_a_photo_too_large_or_one_too_many_is_refused(
    cast: Cast, at: datetime, settings: Any, tmp_path: Any, monkeypatch: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    audit, scope = planned(cast, at), cast.scope("executive")
    mark = audit.marks.all()[0]
    for _ in range(marking.PHOTOS):
        marking.add_photo(scope, row=audit, mark=mark, upload=places.photo(), at=at)
    with pytest.raises(Refused, match="5"):
        marking.add_photo(scope, row=audit, mark=mark, upload=places.photo(), at=at)
    with pytest.raises(Refused, match="pixels"):
        photographs.clean(places.photo("PNG", (8000, 8000)), "big.png")
    monkeypatch.setattr(photographs, "MAX_BYTES", 10)
    with pytest.raises(Refused, match="large"):
        photographs.clean(places.photo(), "x.jpg")
