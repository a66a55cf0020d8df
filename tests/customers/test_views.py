"""Pages of the customer file, as people and outsiders see them."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from manyi.customers.models import Contact, Customer, CustomerImport
from manyi.events.models import Event
from manyi.people.models import User
from tests import factories
from tests.conftest import Cast

HOSTILE = '<script>alert("客户")</script>'


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def test_the_list_shows_what_is_in_scope_and_escapes_names(cast: Cast, at: datetime) -> None:
    factories.customer(cast.east, 1, at)
    Customer.objects.update(name=HOSTILE)
    factories.customer(cast.west, 2, at)
    page = as_(cast.agent).get(reverse("customers")).content.decode()
    assert "&lt;script&gt;alert" in page
    assert HOSTILE not in page
    assert "west-0002" not in page
    assert "1 customer" in page


def test_typing_answers_with_rows_only(cast: Cast, at: datetime) -> None:
    for number in range(3):
        factories.customer(cast.east, number, at)
    answer = as_(cast.agent).get(reverse("customers"), {"q": "east-0002"}, HTTP_HX_REQUEST="true")
    page = answer.content.decode()
    assert "<html" not in page
    assert re.findall(r">(east-\d{4})<", page) == ["east-0002"]
    assert "No customer fits" in as_(cast.agent).get(reverse("customers"), {"q": "nobody"}).content.decode()


def test_strange_filters_are_no_error(cast: Cast, at: datetime) -> None:
    query = {"q": "\0" * 3, "unit": "x", "tier": "Q", "segment": "\0", "page": "-1"}
    assert as_(cast.agent).get(reverse("customers"), query).status_code == 200


def test_pages_hold_a_bounded_number_of_queries(
    cast: Cast, at: datetime, django_assert_max_num_queries: Any
) -> None:
    for number in range(60):
        factories.customer(cast.east, number, at)
    client = as_(cast.agent)
    with django_assert_max_num_queries(15):
        assert "1 / 2" in client.get(reverse("customers")).content.decode()


def test_outsiders_find_nothing(cast: Cast, at: datetime) -> None:
    row = factories.customer(cast.east, 1, at)
    contact = row.contacts.get()
    upload = as_(cast.agent).post(
        reverse("customer-imports"),
        {"file": SimpleUploadedFile("a.csv", b"id,name\n1,x\n"), "unit": cast.east.pk},
    )
    client = as_(cast.outsider)
    for name, key in [
        ("customer", row.pk), ("edit-customer", row.pk), ("new-contact", row.pk), ("edit-contact", contact.pk),
    ]:  # fmt: skip
        assert client.get(reverse(name, args=[key])).status_code == 404, name
    assert client.post(reverse("contact-action", args=[contact.pk]), {"action": "remove"}).status_code == 404
    assert client.get(upload["Location"]).status_code == 404
    assert "east-0001" not in client.get(reverse("export-customers")).content.decode()
    assert as_(cast.executive).get(reverse("customers")).status_code == 403
    assert Client().get(reverse("customer", args=[row.pk])).status_code == 302


def test_a_customer_is_added_with_a_contact_and_shown(cast: Cast, at: datetime) -> None:
    client = as_(cast.agent)
    form = {"code": "C1", "name": "甲", "kind": "person", "unit": cast.east.pk, "active": "on"}
    answer = client.post(reverse("new-customer"), form)
    row = Customer.objects.get()
    assert answer["Location"] == reverse("new-contact", args=[row.pk])
    client.post(answer["Location"], {"name": "张三", "email": "z@example.cn", "language": "zh-hans"})
    page = client.get(reverse("customer", args=[row.pk])).content.decode()
    assert "z@example.cn" in page
    assert "Customer created" in page
    assert "Contact added" in page
    again = client.post(reverse("new-customer"), form)
    assert again.status_code == 422
    assert "Customer number “C1” is taken" in again.content.decode()


def test_the_form_offers_no_unit_out_of_reach(cast: Cast, at: datetime) -> None:
    form = {"code": "C1", "name": "甲", "kind": "person", "unit": cast.west.pk, "active": "on"}
    assert as_(cast.agent).post(reverse("new-customer"), form).status_code == 422
    assert not Customer.objects.exists()


def test_changes_and_opting_out_by_the_buttons(cast: Cast, at: datetime) -> None:
    row = factories.customer(cast.east, 1, at)
    contact = row.contacts.get()
    client = as_(cast.agent)
    form = {"code": row.code, "name": "新名", "kind": row.kind, "unit": cast.east.pk, "tier": "A"}
    assert client.post(reverse("edit-customer", args=[row.pk]), form).status_code == 302
    row.refresh_from_db()
    assert (row.name, row.active) == ("新名", False)
    assert client.post(reverse("edit-contact", args=[contact.pk]), {"name": "", "language": "en"}).status_code == 422  # fmt: skip
    for action, expected in [("opt_out", True), ("opt_in", False)]:
        client.post(reverse("contact-action", args=[contact.pk]), {"action": action})
        assert bool(Contact.objects.get().opted_out_at) is expected
    assert client.post(reverse("contact-action", args=[contact.pk]), {"action": "x"}).status_code == 404
    client.post(reverse("contact-action", args=[contact.pk]), {"action": "remove"})
    assert not Contact.objects.exists()


def test_the_export_is_safe_to_open_and_logged(cast: Cast, at: datetime) -> None:
    factories.customer(cast.east, 1, at)
    Customer.objects.update(name="=1+1")
    answer = as_(cast.agent).get(reverse("export-customers"), {"tier": "B"})
    assert (
        answer.content.decode("utf-8-sig").splitlines()[1].startswith("east-0001,'=1+1,organisation,east,B")
    )
    assert Event.objects.get(kind="data.exported").payload == {"what": "customers", "rows": 1}


def test_a_list_goes_in_through_the_browser(cast: Cast, at: datetime, run_jobs: Callable[[], int]) -> None:
    client = as_(cast.agent)
    data = f"Customer number,Company,Mail\nK1,{HOSTILE.replace(chr(34), chr(39))},a@example.org\n".encode(
        "gb18030"
    )
    answer = client.post(
        reverse("customer-imports"),
        {"file": SimpleUploadedFile("list.csv", data), "unit": cast.east.pk, "encoding": "gb18030"},
    )
    page = answer["Location"]
    shown = client.get(page).content.decode()
    assert "GB18030" in shown
    assert "<script>alert" not in shown
    roles = {"role-0": "code", "role-1": "name", "role-2": "email"}
    answer = client.post(page, {**roles, "role-2": "name", "action": "import"})
    assert "checked=1" in answer["Location"], "a column used twice is not imported"
    answer = client.post(page, {**roles, "action": "preview"}, follow=True)
    assert "Import 1 customer" in answer.content.decode()
    answer = client.post(page, {**roles, "action": "import"})
    run_jobs()
    assert "Customers added: 1; updated: 0." in client.get(answer["Location"]).content.decode()
    assert Customer.objects.get().contacts.get().email == "a@example.org"
    assert "was imported" in client.get(page).content.decode()


def test_a_list_with_faults_offers_the_error_file(
    cast: Cast, at: datetime, run_jobs: Callable[[], int]
) -> None:
    client = as_(cast.agent)
    file = SimpleUploadedFile("list.csv", "客户编号,名称,邮箱\nK1,甲,=1+1\n".encode())
    page = client.post(reverse("customer-imports"), {"file": file, "unit": cast.east.pk})["Location"]
    assert client.get(f"{page}errors.csv").status_code == 404
    client.post(page, {"role-0": "code", "role-1": "name", "role-2": "email", "action": "import"})
    run_jobs()
    assert "Nothing was imported: 1 problem" in client.get(page).content.decode()
    text = client.get(f"{page}errors.csv").content.decode("utf-8-sig")
    assert text.splitlines() == ["Row,Column,Value,What is wrong", "2,邮箱,'=1+1,This is no e-mail address."]


def test_a_bad_file_is_answered_beside_the_field(cast: Cast, at: datetime) -> None:
    client = as_(cast.agent)
    for content, words in [
        (b"", "empty"),
        (b"a,b\n1\n", "Row 2 has 1 cells"),
        (b"a,a\n1,2\n", "again in column 2"),
    ]:
        file = SimpleUploadedFile("list.csv", content)
        answer = client.post(reverse("customer-imports"), {"file": file, "unit": cast.east.pk})
        assert answer.status_code == 422
        assert words in answer.content.decode()
    assert not CustomerImport.objects.exists()
