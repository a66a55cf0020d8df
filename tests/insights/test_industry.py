"""A wave against published figures of its industry."""

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from manyi.events.models import Event
from manyi.insights import industry, queries
from manyi.insights.models import IndustryFigure
from manyi.insights.services_industry import enter_figure, remove_figure
from manyi.measures import compare
from manyi.people.services import create_token
from manyi.scope import NotAllowed, Scope
from manyi.surveys.models import Wave
from manyi.web.errors import Refused
from tests import factories
from tests.conftest import Cast
from tests.insights.conftest import Answers

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


def signed_in(cast: Cast, who: str) -> Client:
    client = Client()
    client.force_login(getattr(cast, who), backend=BACKEND)
    return client


def enter(cast: Cast, wave: Wave, at: datetime, who: str = "manager", **changed: object) -> IndustryFigure:
    scope = cast.scope(who)
    figure = {
        "node": "delivery", "value": 60.0, "source": "Association of carriers, n = 4,000",
        "published_on": date(2026, 1, 5), **changed,
    }  # fmt: skip
    return enter_figure(scope, result=queries.result_of(scope, wave), at=at, **figure)  # type: ignore[arg-type]


def test_the_newest_figure_counts_and_the_difference_is_tested(
    cast: Cast, at: datetime, filled: Callable[..., Wave]
) -> None:
    wave = filled()
    enter(cast, wave, at, value=10.0, published_on=date(2025, 1, 5))
    newest = enter(cast, wave, at)
    result = queries.result_of(cast.scope("manager"), wave)
    (row,) = industry.compared(result)
    ours = next(node for node in result.index.nodes if node.code == "delivery")
    assert row.figure == newest
    assert row.difference == compare.against(ours.estimate, 60.0)
    kinds = list(Event.objects.filter(kind__startswith="industry_figure").values_list("kind", flat=True))
    assert kinds == ["industry_figure.entered"] * 2


def test_a_removed_figure_is_gone(cast: Cast, at: datetime, filled: Callable[..., Wave]) -> None:
    wave = filled()
    figure = enter(cast, wave, at)
    remove_figure(cast.scope("manager"), figure=figure, at=at)
    assert industry.compared(queries.result_of(cast.scope("manager"), wave)) == []
    assert Event.objects.filter(kind="industry_figure.removed").count() == 1


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"node": "nowhere"}, "no node “nowhere”"),
        ({"value": 100.5}, "from 0 to 100"),
        ({"value": float("nan")}, "from 0 to 100"),
        ({"source": "  "}, "who published"),
    ],
)
def test_what_cannot_be_is_refused(
    cast: Cast, at: datetime, filled: Callable[..., Wave], changed: dict[str, object], said: str
) -> None:
    with pytest.raises(Refused, match=said):
        enter(cast, filled(), at, **changed)
    assert not IndustryFigure.objects.exists()


def test_a_day_to_come_is_refused(cast: Cast, at: datetime, filled: Callable[..., Wave]) -> None:
    with pytest.raises(Refused, match="still to come"):
        enter(cast, filled(), at, published_on=(at + timedelta(days=2)).date())


def test_who_may_not_design_may_not_enter(cast: Cast, at: datetime, filled: Callable[..., Wave]) -> None:
    wave = filled()
    with pytest.raises(NotAllowed):
        enter(cast, wave, at, who="executive")
    assert signed_in(cast, "executive").get(reverse("result-industry", args=[wave.code])).status_code == 403


def test_a_figure_is_entered_shown_and_removed_on_the_pages(cast: Cast, filled: Callable[..., Wave]) -> None:
    wave = filled()
    client = signed_in(cast, "manager")
    url = reverse("result-industry", args=[wave.code])
    assert "No figure of the industry yet" in client.get(url).content.decode()
    form = {"node": "delivery", "value": "61.5", "source": "Carriers", "published_on": "2025-11-30"}
    refused = client.post(url, {**form, "published_on": "2999-01-01"})
    assert refused.status_code == 422
    assert "still to come" in refused.content.decode()
    assert client.post(url, form).status_code == 302
    page = signed_in(cast, "executive").get(reverse("result-compare", args=[wave.code])).content.decode()
    assert "Against the industry" in page
    assert "Carriers" in page
    assert "61.5" in page
    figure = IndustryFigure.objects.get()
    assert client.post(reverse("industry-figure-remove", args=[wave.code, figure.pk])).status_code == 302
    assert not IndustryFigure.objects.exists()
    assert client.post(reverse("industry-figure-remove", args=[wave.code, figure.pk])).status_code == 404


def test_too_few_answers_show_no_difference(cast: Cast, at: datetime, answers: Answers) -> None:
    wave = factories.wave(cast.group, at)
    answers.put(wave, cast.east, 2)
    enter(cast, wave, at)
    assert industry.compared(queries.result_of(cast.scope("manager"), wave)) == []


def test_the_api_enters_lists_compares_and_removes(
    cast: Cast, at: datetime, filled: Callable[..., Wave]
) -> None:
    wave = filled()
    token = create_token(Scope.system("test"), user=cast.manager, name="t", at=at)
    client = Client(headers={"Authorization": f"Bearer {token}"})
    base = f"/api/v1/results/{wave.code}/industry"
    figure = {"node": "delivery", "value": 61.5, "source": "Carriers", "published_on": "2025-11-30"}
    made = client.post(f"{base}/figures", figure, content_type="application/json")
    assert made.status_code == 201
    assert client.get(f"{base}/figures").json()[0]["source"] == "Carriers"
    (row,) = client.get(base).json()
    assert row["difference"]["value"] == pytest.approx(row["ours"]["value"] - 61.5)
    bad = client.post(f"{base}/figures", {**figure, "value": 400}, content_type="application/json")
    assert bad.status_code == 409
    assert client.delete(f"{base}/figures/{made.json()['id']}").status_code == 204
    assert client.delete(f"{base}/figures/{made.json()['id']}").status_code == 404
