"""The public form: who gets the complaint, what is kept, and what programs are stopped by."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from manyi.complaints import form_guard
from manyi.complaints.models import Complaint
from manyi.complaints.views import web_form
from tests.conftest import Cast

URL = "/complain/east/"
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 64


@pytest.fixture(autouse=True)
def clock(
    at: datetime, monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path
) -> Callable[[float], None]:
    """The door's clock, which a test may move on by seconds."""
    settings.MEDIA_ROOT = tmp_path
    moment = [at]
    monkeypatch.setattr(web_form, "now", lambda: moment[0])

    def move(seconds: float) -> None:
        moment[0] += timedelta(seconds=seconds)

    return move


def told(**changes: Any) -> dict[str, Any]:
    return {"title": "Heater leaks", "complainant": "Ms Li", "email": "li@example.org", **changes}


def shown(url: str = URL) -> str:
    """The token of a freshly shown form."""
    page = Client().get(url).content.decode()
    found = re.search(r'name="form" value="([^"]+)"', page)
    assert found
    return found.group(1)


def test_a_stranger_gets_a_number_and_the_unit_on_duty_gets_the_complaint(
    cast: Cast, clock: Callable[[float], None]
) -> None:
    token = shown()
    clock(20)
    client = Client(enforce_csrf_checks=True)
    answer = client.post(f"{URL}?lang=en", {**told(), "form": token})
    row = Complaint.objects.get()
    assert (row.unit, row.channel, row.first_contact_owner, row.language) == (
        cast.east,
        "web",
        cast.agent,
        "en",
    )
    assert (row.customer, row.email) == (None, "li@example.org")
    page = client.get(answer.headers["Location"]).content.decode()
    assert row.number in page
    assert f"/c/{row.number}/{row.secret}/" in page
    assert not client.cookies


def test_sent_twice_it_is_one_complaint(cast: Cast, clock: Callable[[float], None]) -> None:
    token = shown()
    clock(20)
    places = {Client().post(URL, {**told(), "form": token}).headers["Location"] for _ in range(2)}
    assert len(places) == 1
    assert Complaint.objects.count() == 1


def test_files_go_with_it(cast: Cast, clock: Callable[[float], None]) -> None:
    token = shown()
    clock(20)
    photo = SimpleUploadedFile("leak.png", PNG)
    Client().post(URL, {**told(), "form": token, "files": [photo]})
    (message,) = Complaint.objects.get().messages.all()
    assert [a.name for a in message.attachments.all()] == ["leak.png"]


def test_a_file_that_is_not_taken_keeps_nothing_and_says_why(
    cast: Cast, clock: Callable[[float], None]
) -> None:
    token = shown()
    clock(20)
    answer = Client().post(
        f"{URL}?lang=en", {**told(), "form": token, "files": [SimpleUploadedFile("a.exe", b"MZ")]}
    )
    assert answer.status_code == 422
    assert "“a.exe” is not taken" in answer.content.decode()
    assert not Complaint.objects.exists()


def test_mistakes_are_shown_beside_the_field_and_corrected_with_the_same_form(
    cast: Cast, clock: Callable[[float], None]
) -> None:
    token = shown()
    clock(20)
    answer = Client().post(f"{URL}?lang=en", {"title": "Leak", "complainant": "Ms Li", "form": token})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "how else could we answer?" in page
    assert 'value="Ms Li"' in page
    assert f'value="{token}"' in page


@pytest.mark.parametrize(
    ("seconds", "changes"),
    [
        (1, {}),  # faster than anybody types
        (25 * 3600, {}),
        (20, {"form": "forged"}),
        (20, {"form": ""}),
        (20, {form_guard.TRAP: "https://example.org"}),
        (20, {"description": "https://a https://b www.c http://d"}),
        (20, {"title": "x" * 201}),
        (20, {"description": "x" * 10_001}),
        (20, {"email": "nobody"}),
        (20, {"title": "  "}),
        (20, {"title": "a\0b"}),
        (20, {"happened_on": "0001-01-01"}),
    ],
)
def test_not_taken(
    cast: Cast, clock: Callable[[float], None], seconds: float, changes: dict[str, str]
) -> None:
    token = shown()
    clock(seconds)
    answer = Client().post(URL, {**told(), "form": token, **changes})
    assert answer.status_code == 422
    assert not Complaint.objects.exists()


def test_a_flood_is_stopped(cast: Cast, clock: Callable[[float], None]) -> None:
    answers = [Client().post(URL, told()).status_code for _ in range(web_form.PER_ADDRESS + 1)]
    assert answers[-1] == 429
    assert 429 not in answers[:-1]


def test_the_address_names_the_unit(cast: Cast, clock: Callable[[float], None]) -> None:
    assert Client().get("/complain/nowhere/").status_code == 404
    assert "东区" in Client().get("/complain/EAST/?lang=zh").content.decode()
    token = shown("/complain/")
    clock(20)
    Client().post("/complain/", {**told(), "form": token})
    assert Complaint.objects.get().unit == cast.group


def test_the_thanks_page_needs_the_secret(cast: Cast, clock: Callable[[float], None]) -> None:
    token = shown()
    clock(20)
    Client().post(URL, {**told(), "form": token})
    number = Complaint.objects.get().number
    assert Client().get(f"/complain/thanks/{number}/guess/").status_code == 404
