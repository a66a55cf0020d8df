"""Submitting a response: what is frozen, what is refused, and that two tabs make one answer."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from manyi.events.models import Event
from manyi.scope import NotAllowed, Scope
from manyi.surveys.models import Invitation, Response, ResponseDraft, Wave
from manyi.surveys.queries import responses as queries
from manyi.surveys.services import responses as services
from manyi.surveys.services.waves import close_wave
from tests import factories
from tests.conftest import AT, Cast

GOOD = {"on_time": 4, "complete": 5, "attitude": None, "nps": 9, "comment": "好"}


def submit(wave: Wave, invitation: Invitation | None = None, **more: Any) -> Response:
    given: dict[str, Any] = {
        "answers": GOOD, "language": "zh-hans", "channel": "email", "started_at": AT - timedelta(seconds=100), "at": AT,
    }  # fmt: skip
    return services.submit_response(wave=wave, invitation=invitation, **{**given, **more})


@pytest.fixture
def invited(cast: Cast) -> Invitation:
    wave = factories.wave(cast.group, AT - timedelta(days=1))
    customer = factories.customer(cast.east, 1, AT)
    return factories.invitation(
        wave, customer, AT, weight=2.5, attributes={"region": "华东"}, owner=cast.agent
    )


@pytest.mark.django_db
def test_unit_owner_and_the_rest_are_those_of_the_asking(invited: Invitation, cast: Cast) -> None:
    invited.customer.unit, invited.customer.tier = cast.west, "D"
    invited.customer.save()
    response = submit(invited.wave, invited)
    frozen = (
        response.unit,
        response.owner,
        response.tier,
        response.segment,
        response.weight,
        response.attributes,
    )
    assert frozen == (cast.east, cast.agent, "B", "service", 2.5, {"region": "华东"})
    assert (response.seconds, response.submitted_at, response.flags) == (100, AT, [])
    event = Event.objects.get(kind="response.submitted")
    assert (event.kind, event.actor_id, event.unit_id, event.at) == (
        "response.submitted",
        None,
        cast.east.pk,
        AT,
    )
    assert event.payload == {
        "response_id": str(response.pk),
        "customer_id": invited.customer_id,
        "about": "",
        "score": None,
    }


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"state": "closed"}, "closed"),
        ({"state": "draft"}, "not_open"),
        ({"closes_at": AT}, "closed"),
        ({"source": "imported"}, "not_open"),
    ],
)
def test_refused_when_the_wave_takes_no_answers(
    invited: Invitation, change: dict[str, Any], code: str
) -> None:
    Wave.objects.update(**change)
    with pytest.raises(services.ResponseRefused) as refused:
        submit(invited.wave, invited)
    assert refused.value.code == code
    assert not Invitation.objects.filter(answered=True).exists()


@pytest.mark.django_db
def test_refused_after_opting_out(invited: Invitation) -> None:
    Invitation.objects.update(state="opted_out")
    with pytest.raises(services.ResponseRefused, match="does not want to be asked"):
        submit(invited.wave, invited)


@pytest.mark.django_db
def test_bad_answers_leave_nothing_behind(invited: Invitation) -> None:
    with pytest.raises(services.AnswersInvalid) as error:
        submit(invited.wave, invited, answers={**GOOD, "on_time": 6})
    assert str(error.value) == "on_time: Please choose one of the answers offered."
    invited.refresh_from_db()
    assert not invited.answered
    assert not Event.objects.filter(kind="response.submitted").exists()


@pytest.mark.django_db
def test_an_invitation_of_another_wave_is_a_mistake(invited: Invitation, cast: Cast) -> None:
    other = factories.wave(cast.group, AT, tree_version=invited.wave.tree_version)
    with pytest.raises(ValueError, match="another wave"):
        submit(other, invited)


@pytest.mark.django_db
def test_the_draft_goes_with_the_submission(invited: Invitation) -> None:
    services.save_draft(
        wave=invited.wave,
        token=invited.token,
        answers={"nps": 3},
        section="more",
        language="en",
        started_at=AT,
    )
    submit(invited.wave, invited, visitor=invited.token)
    assert not ResponseDraft.objects.exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("anonymous", [False, True])
def test_two_tabs_at_once_make_one_answer(cast: Cast, anonymous: bool) -> None:
    wave = factories.wave(cast.group, AT - timedelta(days=1), anonymous=anonymous)
    invitation = factories.invitation(wave, factories.customer(cast.east, 1, AT), AT)
    barrier = threading.Barrier(6)
    outcomes: list[str] = []

    def tab() -> None:
        try:
            barrier.wait()
            submit(wave, invitation)
            outcomes.append("stored")
        except services.ResponseRefused as refusal:
            outcomes.append(refusal.code)
        except Exception as error:
            outcomes.append(repr(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=tab) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["already_answered"] * 5 + ["stored"]
    assert Response.objects.count() == 1
    assert Event.objects.filter(kind="response.submitted").count() == 1


@pytest.mark.django_db
def test_the_same_key_is_taken_once(invited: Invitation) -> None:
    key = uuid4()
    submit(invited.wave, key=key)
    with pytest.raises(services.ResponseRefused, match="answered already"):
        submit(invited.wave, key=key)
    assert Response.objects.get().pk == key


@pytest.mark.django_db
def test_flags_of_a_wave_use_its_median_and_find_duplicates(invited: Invitation) -> None:
    wave = invited.wave
    for number in range(30):
        submit(
            wave,
            answers={**GOOD, "comment": f"第 {number} 条"},
            started_at=AT - timedelta(seconds=90 + number),
        )
    fast = submit(wave, started_at=AT - timedelta(seconds=20))
    twin = submit(wave)
    assert fast.flags == []
    assert services.flag_wave(wave=wave) == 2
    fast.refresh_from_db()
    twin.refresh_from_db()
    assert (fast.flags, twin.flags) == (["speeding", "duplicate"], ["duplicate"])
    assert services.flag_wave(wave=wave) == 0


@pytest.mark.django_db
def test_closing_a_wave_flags_its_answers_and_forgets_the_half_finished(
    invited: Invitation, run_jobs: Callable[[], int]
) -> None:
    wave = invited.wave
    twins = [submit(wave), submit(wave)]
    services.save_draft(
        wave=wave, token=invited.token, answers={"nps": 1}, section="", language="en", started_at=AT
    )
    close_wave(Scope.system("test"), wave=wave, reason="by_hand", at=AT)
    assert not ResponseDraft.objects.exists()
    run_jobs()
    for twin in twins:
        twin.refresh_from_db()
        assert twin.flags == ["duplicate"]


@pytest.mark.django_db
def test_single_responses_are_for_those_who_may_read_them(invited: Invitation, cast: Cast) -> None:
    submit(invited.wave, invited)
    for name, count in (("manager", 1), ("agent", 1), ("outsider", 0), ("executive", 0)):
        assert queries.responses(cast.scope(name)).count() == count
    assert queries.responses(Scope.nobody()).count() == 0


@pytest.mark.django_db
def test_another_channel_needs_the_right_to_run_the_wave(invited: Invitation, cast: Cast) -> None:
    given: dict[str, Any] = {
        "wave": invited.wave, "invitation": invited, "answers": GOOD, "language": "en", "started_at": None, "at": AT,
    }  # fmt: skip
    for name in ("agent", "outsider", "executive"):
        with pytest.raises(NotAllowed):
            services.record_response(cast.scope(name), **given)
    response = services.record_response(cast.scope("manager"), **given)
    assert (response.channel, response.seconds) == ("api", None)


def test_messages_name_the_values(at: datetime) -> None:
    from manyi.surveys.answers import Problem

    problem = Problem("q", "q", "exclusive", {"option": {"zh": "都没有", "en": "None"}})
    assert services.message(problem, "en") == "“None” cannot be combined with other answers."
    assert services.message(Problem("q", "q", "too_low", {"min": 3.0})) == "The number must be at least 3."
