"""Figures of a wave as different readers may see them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import numpy as np
import pytest

from manyi.insights import queries, rows, sentences
from manyi.insights.queries import result_of
from manyi.insights.selection import Selection, UnknownUnit
from manyi.measures import index, shares
from manyi.measures.tree import Tree
from manyi.scope import NotAllowed
from manyi.surveys.models import Response, Wave
from tests import factories
from tests.conftest import Cast
from tests.insights.conftest import Answers

pytestmark = pytest.mark.django_db


def by_hand(responses: list[Response]) -> index.IndexResult:
    tree = Tree.from_dict(factories.TREE)
    columns = {
        column: np.array([response.answers.get(column, np.nan) for response in responses], float)
        for column in tree.columns()
    }
    return index.score(tree, columns, [response.weight for response in responses])


def test_figures_are_those_of_the_answers(cast: Cast, filled: Callable[..., Wave]) -> None:
    wave = filled()
    Response.objects.filter(wave=wave, tier="A").update(weight=2.5)
    expected = by_hand(list(wave.responses.all()))
    for _round in ("live", "stored"):
        result = result_of(cast.scope("executive"), wave)
        assert result.index is not None
        assert (result.n, result.index.n) == (260, expected.n)
        for one, other in zip(result.index.nodes, expected.nodes, strict=True):
            assert one.score == pytest.approx(other.score, abs=1e-9)
            assert one.ci_low == pytest.approx(other.ci_low, abs=1e-9)
            assert one.deff == pytest.approx(other.deff, abs=1e-9)
        rows.write_snapshot(wave)


def test_newest_answers_count_beside_the_snapshot(
    cast: Cast, filled: Callable[..., Wave], answers: Answers
) -> None:
    wave = filled()
    rows.write_snapshot(wave)
    answers.put(wave, cast.west, 30, seed=9)
    # As a transaction that began before the snapshot and ended after it leaves one:
    late = answers.put(wave, cast.west, 1, seed=10)[0]
    mark = wave.responses.order_by("-submitted_at")[0].submitted_at
    Response.objects.filter(pk=late.pk).update(submitted_at=mark - timedelta(hours=20))
    result = result_of(cast.scope("executive"), wave)
    assert result.n == 291
    assert result.index is not None
    assert result.index.index == pytest.approx(by_hand(list(wave.responses.all())).index, abs=1e-9)


def test_a_snapshot_of_another_database_is_not_read(
    cast: Cast, filled: Callable[..., Wave], answers: Answers
) -> None:
    wave = filled()
    rows.write_snapshot(wave)
    wave.responses.all().delete()
    answers.put(wave, cast.east, 20, seed=3)
    assert result_of(cast.scope("executive"), wave).n == 20


def test_a_branch_sees_its_own_answers_only(cast: Cast, filled: Callable[..., Wave]) -> None:
    wave = filled()
    result = result_of(cast.scope("east_manager"), wave)
    own = list(wave.responses.filter(unit=cast.east))
    assert (result.n, result.total) == (120, 120)
    assert result.index is not None
    assert result.index.index == pytest.approx(by_hand(own).index, abs=1e-9)
    assert [group.label for group in result.groups("unit")] == ["East"]
    with pytest.raises(UnknownUnit):
        result_of(cast.scope("east_manager"), wave, Selection(unit=cast.west.pk))


def test_a_wave_of_another_branch_does_not_exist(cast: Cast, at: datetime) -> None:
    wave = factories.wave(cast.east, at)
    assert queries.wave(cast.scope("east_manager"), wave.code) == wave
    assert queries.wave(cast.scope("executive"), wave.code) == wave
    with pytest.raises(Wave.DoesNotExist):
        queries.wave(cast.scope("outsider"), wave.code)
    with pytest.raises(NotAllowed):
        queries.wave(cast.scope("agent"), wave.code)


def test_drafts_have_no_results(cast: Cast, at: datetime) -> None:
    wave = factories.wave(cast.group, at, state="draft")
    with pytest.raises(Wave.DoesNotExist):
        queries.wave(cast.scope("executive"), wave.code)


def test_groups_are_parts_of_the_top_unit(cast: Cast, filled: Callable[..., Wave]) -> None:
    wave = filled()
    groups = {group.label: group for group in result_of(cast.scope("executive"), wave).groups("unit")}
    assert {label: group.n for label, group in groups.items()} == {"East": 120, "West": 100, "Group": 40}
    for label, unit in (("East", cast.east), ("Group", cast.group)):
        found = groups[label].result
        assert found is not None
        assert found.index == pytest.approx(by_hand(list(wave.responses.filter(unit=unit))).index, abs=1e-9)


def test_filters_narrow_the_figures(cast: Cast, filled: Callable[..., Wave]) -> None:
    wave = filled()
    result = result_of(cast.scope("executive"), wave, Selection(unit=cast.east.pk, tier="A"))
    own = list(wave.responses.filter(unit=cast.east, tier="A"))
    assert result.index is not None
    assert result.n == len(own) == 60
    assert result.index.index == pytest.approx(by_hand(own).index, abs=1e-9)


def test_nps_agrees_with_the_measure(cast: Cast, filled: Callable[..., Wave]) -> None:
    wave = filled()
    (measure,) = result_of(cast.scope("executive"), wave).measures
    expected = shares.nps([response.answers["nps"] for response in wave.responses.all()])
    assert measure.estimate.value == pytest.approx(expected.value)
    assert (measure.estimate.n, measure.kind) == (260, "nps")


def test_the_sentences_find_the_planted_pattern(cast: Cast, filled: Callable[..., Wave]) -> None:
    good, bad, following = sentences.sentences(result_of(cast.scope("executive"), filled()))
    assert (good.kind, good.node) == ("good", "attitude")
    assert (bad.kind, bad.node) == ("bad", "on_time")
    assert (following.kind, following.node) == ("next", "on_time")
    # 60 % × 50 % of the index: ten points more lift it by three.
    assert "3.0 points" in following.text


def test_no_claim_without_evidence(cast: Cast, at: datetime, answers: Answers) -> None:
    wave = factories.wave(cast.group, at)
    for number in range(12):
        answers_of_one = dict.fromkeys(("on_time", "complete", "attitude", "speed"), 3 + number % 2)
        Response.objects.create(
            wave=wave, unit=cast.east, answers=answers_of_one, channel="email", submitted_at=at
        )
    found = sentences.sentences(result_of(cast.scope("executive"), wave))
    assert [sentence.text for sentence in found[:2]] == [
        "No item stands out clearly above the rest.",
        "No item is clearly weaker than the rest.",
    ]


def test_below_ten_answers_nothing_is_said(cast: Cast, at: datetime, answers: Answers) -> None:
    wave = factories.wave(cast.group, at)
    answers.put(wave, cast.east, 9)
    (only,) = sentences.sentences(result_of(cast.scope("executive"), wave))
    assert only.text.startswith("Only 9 answers so far")


def test_change_trend_and_contributions_between_waves(
    cast: Cast, at: datetime, filled: Callable[..., Wave]
) -> None:
    before = filled(shift=-0.5, opened_at=at - timedelta(days=90))
    now = filled(seed=20)
    result = result_of(cast.scope("executive"), now)
    assert result.previous_wave == before
    change = result.changes["index"]
    assert sentences.significant(change)
    assert sentences.change_in_words(change).endswith("a clear rise")
    assert [point.wave for point in result.trend] == [before, now]
    moved = result.contributions
    assert moved is not None
    total = sum(part.points for part in moved.node("index").parts)
    assert total + moved.nodes[0].weight_change + moved.nodes[0].mix_change == pytest.approx(change.value)
    # The earlier wave knows nothing of the later one.
    assert result_of(cast.scope("executive"), before).previous_wave is None


def test_a_trend_needs_ten_answers(
    cast: Cast, at: datetime, filled: Callable[..., Wave], answers: Answers
) -> None:
    small = factories.wave(cast.group, at, opened_at=at - timedelta(days=90))
    answers.put(small, cast.east, 9)
    result = result_of(cast.scope("executive"), filled())
    assert result.trend[0].root is None
    assert result.contributions is None
    assert (
        sentences.change_in_words(result.changes["index"])
        == "too few answers to compare with the wave before"
    )


def test_report_data_speaks_the_language_asked_for(cast: Cast, filled: Callable[..., Wave]) -> None:
    wave = filled()
    english = queries.report_data(cast.scope("executive"), wave, language="en")
    chinese = queries.report_data(cast.scope("executive"), wave, language="zh-hans")
    assert (english.title, chinese.title) == ("First wave", "第一轮")
    names = [name for name, _chart in english.charts]
    assert names == [name for name, _chart in chinese.charts]
    assert {"dimensions", "distribution", "items", "units", "segments", "tiers"} <= set(names)
    for _name, chart in chinese.charts:
        assert chart.table.rows
