"""An anonymous wave keeps no way from a person to an answer: the rule, and the database read to prove it."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test import Client
from django.utils import timezone
from django_q.models import OrmQ
from hypothesis import given
from hypothesis import strategies as st

from manyi.customers.models import Customer
from manyi.events.models import Event
from manyi.surveys import anonymity
from manyi.surveys.models import CallbackWish, Invitation, Response, ResponseDraft, Wave
from manyi.surveys.services import responses as services
from tests import factories
from tests.conftest import Cast
from tests.surveys.test_respond import FIRST, SECOND, link, send


def test_a_rare_value_takes_the_next_rarest_with_it() -> None:
    assert anonymity.kept_values({"east": 20, "west": 17, "north": 3}, 5) == {"east"}
    assert anonymity.kept_values({"east": 20, "west": 17, "n": 3, "s": 2}, 5) == {"east", "west"}
    assert anonymity.kept_values({"east": 20, "west": 17}, 5) == {"east", "west"}
    assert anonymity.kept_values({"east": 4}, 5) == frozenset()


people = st.lists(
    st.fixed_dictionaries(
        {
            "weight": st.sampled_from([1.0, 2.5]),
            "unit_id": st.integers(1, 3),
            "segment": st.sampled_from("ab"),
            "tier": st.sampled_from("AB"),
        }
    ),
    min_size=1,
    max_size=60,
)


@given(people, st.integers(3, 7))
def test_everything_recorded_is_shared_by_enough_people(invited: list[dict[str, Any]], minimum: int) -> None:
    records = Counter(tuple(sorted(anonymity.recorded(p, invited, minimum).items())) for p in invited)
    if len(invited) >= minimum:
        assert min(records.values()) >= minimum
    else:
        assert set(records) == {()}


@given(people, st.integers(3, 7))
def test_counted_groups_give_what_single_people_give(invited: list[dict[str, Any]], minimum: int) -> None:
    counted = Counter(tuple(sorted(p.items())) for p in invited)
    groups = [{**dict(items), "people": number} for items, number in counted.items()]
    for person in invited:
        expected = anonymity.recorded(person, invited, minimum)
        assert anonymity.recorded(person, groups, minimum) == expected


@pytest.fixture
def wave(cast: Cast) -> Wave:
    caches["limits"].clear()
    now = datetime.now(UTC)
    row = factories.wave(cast.group, now - timedelta(days=2), anonymous=True, open_token="anonymous-open")
    for number in range(8):
        customer = factories.customer(
            cast.east if number < 6 else cast.west, number, row.created_at, segment="price"
        )
        factories.invitation(
            row, customer, row.created_at, attributes={"room": number}, tier="A", owner=cast.agent
        )
    return row


def answer(invitation: Invitation, **more: str) -> Client:
    client = Client()
    page = send(client, link(invitation), client.get(link(invitation)), **{**FIRST, **more})
    page = send(client, link(invitation), page, **SECOND)
    assert page.status_code == 200
    client.page = page  # type: ignore[attr-defined]
    return client


def contents() -> dict[str, list[dict[str, Any]]]:
    """Every row of every table; queued jobs are unpacked."""
    found: dict[str, list[dict[str, Any]]] = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            names = [column[0] for column in cursor.description]
            found[table] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    found[OrmQ._meta.db_table] = [{"lock": q.lock, "task": q.task} for q in OrmQ.objects.all()]
    return found


@pytest.mark.django_db
def test_no_column_of_any_table_joins_a_person_to_an_answer(wave: Wave) -> None:
    before = contents()
    start = datetime.now(UTC)
    invitations = list(wave.invitations.order_by("?")[:7])
    for invitation in invitations:
        answer(invitation)
    after = contents()

    responses = Response.objects.all()
    assert responses.count() == 7
    assert not ResponseDraft.objects.exists()
    ids = {str(r.pk) for r in responses} | {r.pk.hex for r in responses}
    secrets_ = {i.token for i in wave.invitations.all()}
    people_ids = {"invitation_id", "customer_id", "owner_id", "contact_id"}

    touched = {t for t in after if after[t] != before.get(t)}
    for table in touched:
        new = [row for row in after[table] if row not in before.get(table, [])]
        for row in new:
            text = " ".join(str(v) for v in row.values())
            knows_response = any(i in text for i in ids)
            knows_secret = any(s in text for s in secrets_)
            assert not (knows_response and knows_secret), table
            if knows_response:
                named = {k: v for k, v in row.items() if k in people_ids}
                assert not any(named.values()), (table, named)
                payload = json.loads(row["payload"]) if isinstance(row.get("payload"), str) else {}
                assert not payload.get("customer_id")
                assert row.get("actor_id") is None
            if knows_secret:
                assert table == "surveys_invitation", table
    assert {"surveys_response", "surveys_invitation", "events_event"} <= touched
    assert "django_session" not in touched

    # No time after the start stands on either side: days on the side of the answers, nothing on that of people.
    for event in Event.objects.filter(kind="response.submitted"):
        assert timezone.localtime(event.at).strftime("%H:%M:%S.%f") == "00:00:00.000000"
    for response in responses:
        assert timezone.localtime(response.submitted_at).strftime("%H:%M:%S.%f") == "00:00:00.000000"
        assert response.attributes == {}
    for invitation in wave.invitations.all():
        times = [v for v in vars(invitation).values() if isinstance(v, datetime)]
        assert all(t < start for t in times)
        assert (invitation.opened_at, invitation.answered_at, invitation.next_reminder_at) == (
            None,
            None,
            None,
        )
    assert wave.invitations.filter(answered=True).count() == 7


@pytest.mark.django_db
def test_the_order_of_the_answers_says_nothing_about_the_people(wave: Wave) -> None:
    """Reading both tables in the order of their keys, and as the disk has them, gives the order of sending."""
    order = list(wave.invitations.order_by("-pk"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM surveys_invitation")
        disk = [row[0] for row in cursor.fetchall()]
    for invitation in order:
        answer(invitation)
    keys = [r.pk for r in Response.objects.order_by("pk")]
    assert keys == sorted(keys)
    assert {k.version for k in keys} == {4}
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT id FROM surveys_invitation")
            assert [row[0] for row in cursor.fetchall()] == disk


@pytest.mark.django_db(transaction=True)
def test_the_number_of_the_transaction_points_to_everybody_who_answered(wave: Wave) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("only PostgreSQL writes it into the rows")
    for invitation in wave.invitations.all()[:5]:
        answer(invitation)
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin::text FROM surveys_invitation WHERE answered")
        numbers = [row[0] for row in cursor.fetchall()]
    assert len(numbers) == 5
    assert len(set(numbers)) == 1


@pytest.mark.django_db
def test_small_groups_are_not_recorded(wave: Wave, cast: Cast) -> None:
    """Six people of the east and two of the west: 'not the east' would name the two."""
    for invitation in wave.invitations.all():
        answer(invitation)
    assert {r.unit_id for r in Response.objects.all()} == {cast.group.pk}
    assert {r.segment for r in Response.objects.all()} == {"price"}


@pytest.mark.django_db
def test_groups_that_are_large_enough_are_recorded(wave: Wave, cast: Cast) -> None:
    for number in range(20, 25):
        customer = factories.customer(cast.west, number, wave.created_at, segment="price")
        factories.invitation(wave, customer, wave.created_at, tier="A")
    answer(wave.invitations.filter(unit=cast.west)[0])
    assert Response.objects.get().unit == cast.west


@pytest.mark.django_db
def test_a_wish_to_be_called_stands_apart(wave: Wave) -> None:
    invitation = wave.invitations.all()[0]
    client = answer(invitation)
    page = client.page  # type: ignore[attr-defined]
    assert "匿名" in page.content.decode() or "anonymous" in page.content.decode()
    send(client, link(invitation), page, go="call", name="王芳", phone="13800000001")
    wish = CallbackWish.objects.get()
    assert wish.response is None
    assert timezone.localtime(wish.created_at).strftime("%H%M%S%f") == "000000000000"
    assert not Event.objects.filter(kind="response.callback_wished").exists()


@pytest.mark.django_db
def test_a_draft_is_refused(wave: Wave) -> None:
    with pytest.raises(ValueError, match="no drafts"):
        services.save_draft(
            wave=wave, token="x", answers={}, section="", language="en", started_at=wave.created_at
        )


@pytest.mark.django_db
def test_answers_travel_in_the_form_and_nothing_is_set_in_the_browser(wave: Wave) -> None:
    client = Client()
    for url in (link(wave.invitations.all()[0]), "/o/anonymous-open/"):
        page = send(client, url, client.get(url), **FIRST)
        assert 'name="nps"' in page.content.decode()
        page = send(client, url, page, go="back", comment="later")
        assert 'name="on_time" value="4" checked' in page.content.decode()
    assert not ResponseDraft.objects.exists()
    assert not client.cookies


@pytest.mark.django_db
def test_one_answer_each_all_the_same(wave: Wave) -> None:
    invitation = wave.invitations.all()[0]
    answer(invitation)
    client = Client()
    assert 'name="on_time"' not in client.get(link(invitation)).content.decode()
    invitation.refresh_from_db()
    with pytest.raises(services.ResponseRefused) as refused:
        services.submit_response(
            wave=wave, invitation=invitation, answers={"on_time": 1, "complete": 1, "nps": 1}, language="en",
            channel="email", started_at=None, at=datetime.now(UTC),
        )  # fmt: skip
    assert refused.value.code == "already_answered"
    assert Response.objects.count() == 1
    assert Customer.objects.count() == 8
