"""Promises: authority, due times, what became of them, who is told, how many were kept."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from manyi.customers import due, queries, subjects
from manyi.customers import queries_promises as found
from manyi.customers import services_promises as services
from manyi.customers.authority import who_may
from manyi.customers.jobs_promises import remind_promises
from manyi.customers.models import AuthorityLimit, Contact, Customer, Promise
from manyi.events.models import Event
from manyi.messaging.models import OutgoingMail
from manyi.people.models import OrgUnit, User
from manyi.people.services import create_token
from manyi.scope import NotAllowed, Scope
from manyi.web.errors import Refused
from tests import factories
from tests.conftest import Cast

DAY = timedelta(days=1)
PROOF = services.Evidence("Delivery note 4711")


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def customer(cast: Cast, at: datetime) -> Customer:
    return factories.customer(cast.east, 1, at)


def make(cast: Cast, customer: Customer, at: datetime, by: str = "agent", **fields: Any) -> Promise:
    given = {"text": "备件周三送到", "due_at": at + 2 * DAY, "subject": f"customer:{customer.pk}", **fields}
    return services.make_promise(cast.scope(by), at=at, **given)


def as_(user: User) -> Client:
    client = Client(HTTP_ACCEPT_LANGUAGE="en")
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


# -- making ------------------------------------------------------------------------------------------------


def test_a_promise_knows_customer_unit_and_who_does_it(cast: Cast, customer: Customer, at: datetime) -> None:
    row = make(cast, customer, at)
    assert (row.customer, row.unit, row.owner, row.made_by) == (customer, cast.east, cast.agent, cast.agent)
    assert row.contact == customer.contacts.get()
    assert make(cast, customer, at, owner=cast.handler).owner == cast.handler
    event = Event.objects.filter(kind="promise.changed").first()
    assert event is not None
    assert (event.payload["change"], event.payload["about"]) == ("made", f"customer:{customer.pk}")


def test_nothing_said_and_times_that_are_over_are_refused(
    cast: Cast, customer: Customer, at: datetime
) -> None:
    with pytest.raises(Refused, match="Say what"):
        make(cast, customer, at, text=" ")
    with pytest.raises(Refused, match="in the future"):
        make(cast, customer, at, due_at=at)
    assert not Promise.objects.exists()


def test_nobody_promises_at_a_place_out_of_sight(cast: Cast, customer: Customer, at: datetime) -> None:
    with pytest.raises(subjects.UnknownSubject):
        make(cast, customer, at, by="outsider")
    for key in ("", "customer:", "customer:x", "customer:999999", "nothing:1"):
        with pytest.raises(subjects.UnknownSubject):
            make(cast, customer, at, subject=key)


def limit(
    unit: OrgUnit, amount: int, role: str = "", user: User | None = None, **fields: Any
) -> AuthorityLimit:
    return AuthorityLimit.objects.create(unit=unit, role=role, user=user, per_case=amount, **fields)


def test_money_needs_authority_and_the_refusal_names_who_has_it(
    cast: Cast, customer: Customer, at: datetime
) -> None:
    """The shipped limits: 200 for agents, 5,000 for satisfaction managers."""
    assert make(cast, customer, at, amount=Decimal(200)).amount == 200
    with pytest.raises(
        Refused, match=r"up to 200\.00 CNY here; this is 200\.01\. Ask: Manager, East_Manager\.$"
    ):
        make(cast, customer, at, amount=Decimal("200.01"))
    assert make(cast, customer, at, by="manager", amount=Decimal(5000)).amount == 5000
    for beyond in ({"amount": Decimal(5001)}, {"amount": Decimal(1), "currency": "EUR"}):
        with pytest.raises(Refused, match=r"Nobody may"):
            make(cast, customer, at, by="manager", **beyond)


def test_a_person_s_own_limit_goes_before_the_role_s(cast: Cast, customer: Customer, at: datetime) -> None:
    limit(cast.group, 5000, "agent")
    limit(cast.group, 50, user=cast.agent)
    with pytest.raises(Refused, match="up to 50"):
        make(cast, customer, at, amount=Decimal(51))


def test_forbidden_kinds_are_refused_without_money_too(cast: Cast, customer: Customer, at: datetime) -> None:
    limit(cast.group, 200, "agent", forbidden=["discount"])
    limit(cast.group, 100, "satisfaction_manager")
    with pytest.raises(Refused, match=r"may not promise this here: Discount\. Ask: Manager, East_Manager"):
        make(cast, customer, at, kind="discount")
    assert make(cast, customer, at, kind="refund", amount=Decimal(150)).kind == "refund"
    assert cast.agent not in who_may(cast.east, Decimal(10), "CNY", "discount")


# -- due ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("pick", "expected"),
    [
        ("2h", "2026-03-09 09:30"),
        ("1d", "2026-03-09 16:30"),
        ("3d", "2026-03-11 16:30"),
        ("5d", "2026-03-13 16:30"),
    ],
)
def test_due_times_count_open_hours_only(pick: str, expected: str) -> None:
    friday = datetime(2026, 3, 6, 16, 30, tzinfo=UTC)
    assert f"{due.due_of(pick, friday, due.office_hours('UTC')):%Y-%m-%d %H:%M}" == expected


@pytest.mark.parametrize("pick", ["", "h", "1w", "-1d", "1.5h", "9999d"])
def test_other_texts_are_no_due_time(pick: str) -> None:
    with pytest.raises(ValueError, match=f"^{pick}$"):
        due.due_of(pick, datetime(2026, 3, 6, tzinfo=UTC), due.office_hours("UTC"))


def test_the_reminder_comes_before_the_due_time_in_open_hours() -> None:
    office = due.office_hours("UTC")
    friday = datetime(2026, 3, 6, 16, 30, tzinfo=UTC)
    monday = due.due_of("2h", friday, office)
    assert f"{due.remind_of(friday, monday, office):%a %H:%M}" == "Mon 09:00"
    saturday = datetime(2026, 3, 7, 8, tzinfo=UTC)
    assert due.remind_of(saturday, saturday + timedelta(hours=4), office) == saturday + timedelta(hours=3)


# -- what became of it -------------------------------------------------------------------------------------


def test_keeping_needs_evidence_and_happens_once(cast: Cast, customer: Customer, at: datetime) -> None:
    row = make(cast, customer, at)
    with pytest.raises(Refused, match="how one can see"):
        services.keep_promise(cast.scope("agent"), promise=row, evidence=services.Evidence(" "), at=at + DAY)
    services.keep_promise(cast.scope("agent"), promise=row, evidence=PROOF, at=at + DAY)
    with pytest.raises(Refused, match="settled already"):
        services.break_promise(cast.scope("agent"), promise=row, evidence=PROOF, at=at + DAY)
    row.refresh_from_db()
    assert (row.state, row.evidence, row.done_at) == ("kept", "Delivery note 4711", at + DAY)
    assert OutgoingMail.objects.count() == 1


def test_done_lies_between_the_promise_and_now(cast: Cast, customer: Customer, at: datetime) -> None:
    row = make(cast, customer, at)
    for done in (at - DAY, at + 3 * DAY):
        with pytest.raises(Refused, match="between the promise and now"):
            services.keep_promise(cast.scope("agent"), promise=row, evidence=PROOF, done_at=done, at=at + DAY)


def test_who_may_settle(cast: Cast, customer: Customer, at: datetime) -> None:
    row = make(cast, customer, at, by="manager", owner=cast.handler)
    with pytest.raises(NotAllowed):
        services.break_promise(cast.scope("outsider"), promise=row, evidence=PROOF, at=at)
    services.break_promise(cast.scope("handler"), promise=row, evidence=PROOF, at=at)


def test_the_file_is_kept_under_a_name_of_ours_and_only_of_known_types(
    cast: Cast, customer: Customer, at: datetime, files: Path
) -> None:
    row = make(cast, customer, at)
    wrong = services.Evidence("", io.BytesIO(b"x"), "../../run.exe", 1)
    with pytest.raises(Refused, match=r"“run\.exe” cannot be kept"):
        services.keep_promise(cast.scope("agent"), promise=row, evidence=wrong, at=at)
    with pytest.raises(Refused, match="MB are allowed"):
        services.keep_promise(cast.scope("agent"), promise=row, evidence=services.Evidence("", io.BytesIO(b""), "a.pdf", 2**25), at=at)  # fmt: skip
    assert row.state == "open"
    right = services.Evidence("", io.BytesIO(b"%PDF"), "C:\\签收单.PDF", 4)
    row = services.keep_promise(cast.scope("agent"), promise=row, evidence=right, at=at)
    assert row.evidence_name == "签收单.PDF"
    assert [p.suffix for p in files.rglob("*") if p.is_file()] == [".pdf"]
    download = as_(cast.agent).get(reverse("promise-evidence", args=[row.pk]))
    assert download["Content-Disposition"].startswith("attachment")
    assert as_(cast.outsider).get(reverse("promise-evidence", args=[row.pk])).status_code == 404


# -- telling -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("language", "subject", "part"),
    [
        ("en", "Our organisation: what we promised you is done", "we promised you"),
        ("zh-hans", None, "备件周三送到"),
    ],
)
def test_the_customer_is_told_once_in_their_language(
    cast: Cast, customer: Customer, at: datetime, language: str, subject: str | None, part: str
) -> None:
    Contact.objects.update(language=language)
    row = make(cast, customer, at)
    services.keep_promise(cast.scope("agent"), promise=row, evidence=PROOF, message="See you!", at=at + DAY)
    assert services.tell_kept(cast.scope("agent"), promise=row, at=at + 2 * DAY)
    mail = OutgoingMail.objects.get()
    assert mail.to == "c1.east@example.org"
    assert part in mail.text
    assert "See you!" in mail.text
    assert "4711" not in mail.text  # the evidence stays inside
    assert subject in (None, mail.subject)


def test_without_an_address_that_works_nobody_is_written_to(
    cast: Cast, customer: Customer, at: datetime
) -> None:
    Contact.objects.update(bounced_at=at)
    row = make(cast, customer, at)
    services.keep_promise(cast.scope("agent"), promise=row, evidence=PROOF, at=at + DAY)
    assert not OutgoingMail.objects.exists()


def test_reminders_leave_once_before_and_once_after(cast: Cast, customer: Customer, at: datetime) -> None:
    """The clock reads the real time, so the promises are made relative to it."""
    from django.utils import timezone

    now = timezone.now()  # noqa: TID251
    soon = make(cast, customer, at, owner=cast.handler)
    over = make(cast, customer, at, owner=cast.handler)
    settled = make(cast, customer, at)
    services.withdraw_promise(cast.scope("agent"), promise=settled, evidence=PROOF, at=at)
    Promise.objects.filter(pk=soon.pk).update(remind_at=now - DAY, due_at=now + DAY)
    Promise.objects.filter(pk__in=[over.pk, settled.pk]).update(remind_at=now - 2 * DAY, due_at=now - DAY)
    assert (remind_promises(), remind_promises()) == (3, 0)
    mails = OutgoingMail.objects.order_by("pk")
    assert [(m.to.split("@")[0], m.subject[:13]) for m in mails if f":{soon.pk}:" in m.reference] == [("handler", "Promise due s")]  # fmt: skip
    assert {m.to.split("@")[0] for m in mails if f":{over.pk}:" in m.reference} == {"handler", "agent"}


# -- how many were kept ------------------------------------------------------------------------------------


def test_the_kept_rate_counts_late_broken_and_overdue_as_not_kept(
    cast: Cast, customer: Customer, at: datetime
) -> None:
    scope = cast.scope("agent")
    rows = [make(cast, customer, at, due_at=at + DAY) for _ in range(6)]
    services.keep_promise(scope, promise=rows[0], evidence=PROOF, at=at + DAY, tell=False)
    services.keep_promise(
        scope, promise=rows[1], evidence=PROOF, at=at + 2 * DAY, done_at=at + DAY, tell=False
    )
    services.keep_promise(scope, promise=rows[2], evidence=PROOF, at=at + 2 * DAY, tell=False)
    services.break_promise(scope, promise=rows[3], evidence=PROOF, at=at + DAY)
    services.withdraw_promise(scope, promise=rows[4], evidence=PROOF, at=at + DAY)
    make(cast, customer, at, due_at=at + 30 * DAY)
    west = factories.customer(cast.west, 2, at)
    make(cast, west, at, by="outsider", due_at=at + DAY)
    time = (at, at + 7 * DAY)
    manager = cast.scope("manager")
    east = found.kept_promises(manager, cast.east, *time)
    assert (east.kept, east.kept_late, east.broken, east.overdue, east.withdrawn) == (2, 1, 1, 1, 1)
    assert (east.rate.value, east.rate.n) == (0.4, 5)
    assert east.rate.low == pytest.approx(0.1176, abs=1e-4)  # Wilson for 2 of 5
    assert queries.kept_rate(manager, cast.group, *time).n == 6
    assert queries.kept_rate(cast.scope("east_manager"), None, *time).n == 5
    assert [(r.of, r.rate.n) for r in found.kept_by_unit(manager, None, *time)] == [
        (cast.east, 5),
        (cast.west, 1),
    ]
    assert [(r.of, r.rate.n) for r in found.kept_by_person(manager, None, *time)] == [
        (cast.agent, 5),
        (cast.outsider, 1),
    ]
    nothing = queries.kept_rate(manager, None, at - 9 * DAY, at)
    assert (nothing.value, nothing.n) == (None, 0)


def test_agents_do_not_read_rates(cast: Cast, customer: Customer, at: datetime) -> None:
    make(cast, customer, at)
    assert queries.kept_rate(cast.scope("agent"), None, at, at + 9 * DAY).n == 0
    page = as_(cast.agent).get(reverse("promises")).content.decode()
    assert "Kept in time" not in page
    assert "Kept in time" in as_(cast.manager).get(reverse("promises")).content.decode()


# -- pages -------------------------------------------------------------------------------------------------


def test_one_line_catches_a_promise_inside_another_page(cast: Cast, customer: Customer, at: datetime) -> None:
    client, key = as_(cast.agent), f"customer:{customer.pk}"
    panel = client.get(reverse("promises-of"), {"subject": key}).content.decode()
    assert "Note the promise" in panel
    given = {"subject": key, "text": "Call back", "due": "4h", "owner": cast.handler.pk}
    answer = client.post(reverse("new-promise"), given, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert "Call back" in answer.content.decode()
    assert Promise.objects.get().owner == cast.handler
    assert client.post(reverse("new-promise"), given)["Location"] == reverse("customer", args=[customer.pk])
    wrong = client.post(reverse("new-promise"), {**given, "due": "on"})
    assert wrong.status_code == 422
    assert "Choose day and time" in wrong.content.decode()
    money = client.post(reverse("new-promise"), {**given, "amount": "900000"})
    assert "Nobody may" in money.content.decode()
    stranger = client.post(reverse("new-promise"), {**given, "owner": cast.outsider.pk})
    assert stranger.status_code == 422
    assert as_(cast.outsider).get(reverse("promises-of"), {"subject": key}).status_code == 404
    assert as_(cast.outsider).post(reverse("new-promise"), given).status_code == 404


def test_a_promise_is_kept_on_its_page(cast: Cast, customer: Customer, at: datetime) -> None:
    row = make(cast, customer, at)
    address = reverse("promise", args=[row.pk])
    client = as_(cast.agent)
    assert "c1.east@example.org" in client.get(address).content.decode()
    assert client.post(address, {"action": "keep"}).status_code == 422
    client.post(address, {"action": "keep", "evidence": "signed", "tell": "on", "message": "Thank you"})
    row.refresh_from_db()
    assert row.state == "kept"
    assert "Thank you" in OutgoingMail.objects.get().text
    page = client.get(address).content.decode()
    assert "signed" in page
    assert "It is kept" not in page
    assert as_(cast.outsider).get(address).status_code == 404
    assert client.post(address, {"action": "x", "evidence": "y"}).status_code == 404


def test_the_list_shows_mine_overdue_and_all_in_sight(cast: Cast, customer: Customer, at: datetime) -> None:
    make(cast, customer, at, text="Of the agent")
    make(cast, customer, at, by="east_manager", text="Of the manager")
    client, address = as_(cast.agent), reverse("promises")
    mine = client.get(address).content.decode()
    assert "Of the agent" in mine
    assert "Of the manager" not in mine
    assert "2 promises are overdue" in mine
    assert "Of the manager" in client.get(address, {"view": "all", "q": "manager"}).content.decode()
    assert "Of the" not in as_(cast.outsider).get(address, {"view": "all"}).content.decode()


# -- API ---------------------------------------------------------------------------------------------------


@pytest.fixture
def call(cast: Cast, at: datetime) -> Any:
    import json

    def request(who: str, method: str, path: str, body: Any = None) -> Any:
        token = create_token(Scope.system("test"), user=getattr(cast, who), name="t", at=at)
        return Client().generic(
            method, f"/api/v1/promises{path}", data=json.dumps(body) if body is not None else "",
            content_type="application/json", HTTP_AUTHORIZATION=f"Bearer {token}", HTTP_ACCEPT_LANGUAGE="en",
        )  # fmt: skip

    return request


def test_promises_over_the_api(cast: Cast, customer: Customer, call: Any) -> None:
    body = {
        "subject": f"customer:{customer.pk}",
        "text": "New seal",
        "due_in": "3d",
        "owner_id": cast.handler.pk,
    }
    made = call("agent", "POST", "", body)
    assert made.status_code == 201
    assert made.json()["state"] == "open"
    assert call("agent", "POST", "", {**body, "due_in": ""}).status_code == 409
    assert (
        call("agent", "POST", "", {**body, "due_in": "", "due_at": "2030-01-01T10:00:00"}).status_code == 409
    )
    assert "Nobody may" in call("agent", "POST", "", {**body, "amount": 900000}).json()["detail"]
    assert call("outsider", "POST", "", body).status_code == 409
    path = f"/{made.json()['id']}"
    assert call("outsider", "GET", path).status_code == 404
    assert [p["text"] for p in call("handler", "GET", "?view=mine").json()["items"]] == ["New seal"]
    kept = call("handler", "POST", f"{path}/keep", {"evidence": "photo", "tell": False})
    assert kept.json()["state"] == "kept"
    assert call("handler", "POST", f"{path}/withdraw", {"evidence": "x"}).status_code == 409
    rate = call("manager", "GET", "/kept-rate?since=2026-01-01T00:00:00Z").json()
    assert rate["n"] == 0  # due in three working days
    assert call("agent", "GET", "/kept-rate?since=2026-01-01T00:00:00Z").status_code == 403
