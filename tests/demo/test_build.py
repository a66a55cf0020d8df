"""A small demo, built once for this module and rolled back."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import transaction
from django.db.models import Count
from django.test import Client
from django.urls import reverse

from manyi.customers.models import Customer
from manyi.demo import build, latent, organisation
from manyi.events.models import Event
from manyi.insights import queries
from manyi.insights.models import Result
from manyi.messaging.models import OutgoingMail
from manyi.people.access import scope_of
from manyi.people.models import User
from manyi.surveys.models import CallbackWish, Invitation, NotAsked, Response, ResponseDraft, Wave

NOW = datetime.now(UTC)  # jobs read the clock, so the demo's today must be ours
ANSWERS = 60


@pytest.fixture(scope="module")
def _demo(django_db_setup: None, django_db_blocker: object) -> Iterator[None]:
    with django_db_blocker.unblock(), transaction.atomic():
        assert build.build(at=NOW, answers=ANSWERS)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def demo(_demo: None, db: None) -> None:
    """The demo stands in the database; what a test changes is taken back."""


def test_every_customer_of_a_wave_is_invited_or_in_the_ledger(demo: None) -> None:
    population = set(Customer.objects.values_list("pk", flat=True))
    assert len(population) == 200
    for wave in Wave.objects.filter(source="fielded"):
        invited = set(wave.invitations.values_list("customer_id", flat=True))
        left = set(NotAsked.objects.filter(wave=wave).values_list("customer_id", flat=True))
        assert invited.isdisjoint(left)
        assert invited | left == population


def test_three_waves_are_closed_and_one_runs_with_an_open_link(demo: None) -> None:
    waves = list(Wave.objects.filter(source="fielded").order_by("opened_at"))
    assert [wave.state for wave in waves] == ["closed", "closed", "closed", "open"]
    assert [wave.responses.count() for wave in waves[:3]] == [ANSWERS] * 3
    assert waves[3].open_token
    assert waves[3].responses.filter(channel="open").exists()
    assert all(wave.opened_at < wave.closed_at < NOW for wave in waves[:3])


def test_paper_forms_came_in_as_a_wave_of_their_branch(demo: None) -> None:
    wave = Wave.objects.get(source="imported")
    assert wave.unit.code == "south"
    assert wave.responses.count() == 14
    assert Result.objects.filter(wave=wave).exists()


def test_nothing_happened_after_today(demo: None) -> None:
    assert not Response.objects.filter(submitted_at__gt=NOW).exists()
    assert not Event.objects.filter(at__gt=datetime.now(UTC)).exists()
    for response in Response.objects.filter(wave__source="fielded").select_related("wave"):
        assert response.submitted_at > response.wave.opened_at


def test_mails_bounced_reminders_went_out_people_opted_out_and_were_called(demo: None) -> None:
    waiting = OutgoingMail.objects.exclude(state__in=["sent", "bounced"])
    assert not waiting.filter(not_before__lte=NOW).exists()
    assert Invitation.objects.filter(state="bounced").exists()
    assert Invitation.objects.filter(state="opted_out").exists()
    assert Invitation.objects.filter(reminders_sent=2).exists()
    assert Invitation.objects.filter(answered=False, opened_at__isnull=False).exists()
    assert not Invitation.objects.filter(state="queued").exists()
    reasons = set(NotAsked.objects.values_list("reason", flat=True))
    assert {"not_sampled", "fatigue", "no_address", "inactive"} <= reasons
    assert ResponseDraft.objects.exists()
    assert CallbackWish.objects.filter(wave__state="closed").exclude(done_at=None).exists()


def test_answers_hold_comments_gaps_and_flags(demo: None) -> None:
    answers = list(Response.objects.values_list("answers", flat=True))
    comments = [row["comment"] for row in answers if "comment" in row]
    assert len(set(comments)) > 0.6 * len(comments) > 0.15 * len(answers)
    assert any(row["urgent"] is None for row in answers)
    assert Response.objects.exclude(flags=[]).exists()


def test_results_are_stored_and_reproducible(demo: None) -> None:
    scope = scope_of(User.objects.get(username="manager"))
    for wave in Wave.objects.filter(state="closed", source="fielded"):
        stored = Result.objects.get(wave=wave)
        assert stored.n == ANSWERS
        index = queries.result_of(scope, wave).index
        assert stored.figures["index"] == pytest.approx(index.index)
        assert 50 < index.index < 90


def test_users_hold_every_role_and_sign_in(demo: None, client: Client) -> None:
    roles = set(User.objects.values_list("memberships__role", flat=True))
    assert len(roles) == 7
    answer = client.post(reverse("account_login"), {"login": "manager", "password": organisation.PASSWORD})
    assert answer.status_code == 302


def test_every_plain_list_of_the_api_has_something_in_it(demo: None, client: Client) -> None:
    client.force_login(
        User.objects.get(username="admin"), backend="django.contrib.auth.backends.ModelBackend"
    )
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    empty = []
    for path, operations in paths.items():
        if "get" not in operations or "{" in path:
            continue
        needs = [p["name"] for p in operations["get"].get("parameters", []) if p.get("required")]
        found = client.get(path, {"wave": build.FINISHED[-1]} if needs else {})
        if found.status_code == 200 and "items" in found.json() and not found.json()["items"]:
            empty.append(path)
    assert len(paths) > 10
    assert empty == []


def test_a_second_run_changes_nothing(demo: None) -> None:
    before = (Event.objects.count(), Response.objects.count(), User.objects.aggregate(n=Count("pk"))["n"])
    assert not build.build(at=NOW, answers=ANSWERS)
    assert before == (Event.objects.count(), Response.objects.count(), User.objects.count())


@pytest.fixture
def manager(demo: None, client: Client) -> Client:
    client.force_login(
        User.objects.get(username="manager"), backend="django.contrib.auth.backends.ModelBackend"
    )
    return client


@pytest.mark.parametrize("code", build.FINISHED)
def test_the_model_behind_the_answers_is_fitted_to_every_finished_wave(manager: Client, code: str) -> None:
    page = manager.get(reverse("result-model", args=[code])).context
    assert page["run"].n == ANSWERS
    assert len(page["run"].figures["paths"]) == len(latent.PATHS)
    assert page["pictures"]


def test_the_newest_finished_wave_shows_features_and_gaps(manager: Client) -> None:
    kano = manager.get(reverse("result-kano", args=[build.FINISHED[-1]])).context["rows"]
    assert {row.feature.code for row, _name, _certainty in kano} == set(latent.FEATURES)
    found = manager.get(reverse("result-gaps", args=[build.FINISHED[-1]])).context["found"]
    assert len([row for row in found.rows if row.level == 1 and row.score]) == len(latent.SERVICE_GAPS)
