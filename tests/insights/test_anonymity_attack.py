"""An attack on the anonymity of staff surveys, by somebody with a manager's rights.

The attacker knows the organisation, who answered and from which unit, reads every page, filter, download and API
answer, of every survey, and does arithmetic. What they want is a figure of fewer than five people.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import openpyxl
import pytest
from django.test import Client
from scipy.optimize import linprog

from manyi.events.models import Event
from manyi.measures.index import respondent_scores
from manyi.measures.tree import Tree
from manyi.people import services as people
from manyi.people.models import Organisation, OrgUnit, User
from manyi.scope import Scope
from manyi.surveys.models import QuestionnaireVersion, StaffSurvey
from manyi.surveys.services import staff
from manyi.surveys.staff_template import staff_template
from tests.conftest import Cast
from tests.surveys.test_staff import given, questionnaire

pytestmark = pytest.mark.django_db
#: Units under the branches, and how many people answered in each; several are small on purpose.
SIZES = {
    "east": {"e1": 2, "e2": 3, "e3": 9, "e4": 14},
    "west": {"w1": 4, "w2": 5, "w3": 12, "w4": 1},
    "group": {"g1": 3, "g2": 11},
}
OWN = {"group": 1, "east": 2, "west": 0}
CANARY = "zqxstaffcanary"
TREE = Tree.from_dict(staff_template().tree)
FILTERS = (
    "",
    "tier=A",
    "segment=x",
    "language=en",
    "week=2026-W10",
    "unit=1",
    "node=work",
    "respondents=staff",
)


@dataclass
class House:
    """Who answered what: person → unit, index and dimension scores, of each survey."""

    survey: StaffSurvey
    units: list[OrgUnit]
    scores: dict[str, np.ndarray[Any, np.dtype[np.float64]]]

    def members(self, unit: OrgUnit) -> np.ndarray[Any, np.dtype[np.float64]]:
        return np.array([float(one.path.startswith(unit.path)) for one in self.units])


@pytest.fixture
def units(cast: Cast, at: datetime) -> dict[str, OrgUnit]:
    found = {"group": cast.group, "east": cast.east, "west": cast.west}
    for above, parts in SIZES.items():
        for code in parts:
            found[code] = people.create_org_unit(
                Scope.system("test"), code=code, name={"zh": f"单位{code}", "en": f"Unit {code}"}, parent=found[above], at=at
            )  # fmt: skip
    return found


def held(
    cast: Cast,
    units: dict[str, OrgUnit],
    version: QuestionnaireVersion,
    *,
    code: str,
    seed: int,
    at: datetime,
) -> House:
    """A survey that everybody answered, closed; in the second one some have left and some have come."""
    rng = np.random.default_rng(seed)
    counts = {**OWN, **{code: n for parts in SIZES.values() for code, n in parts.items()}}
    if seed > 1:
        counts |= {"e3": 10, "w2": 4, "g2": 10}
    scope = cast.scope("manager")
    row = staff.create_staff_survey(
        scope, code=code, name={"zh": code, "en": code}, unit=cast.group, respondents="staff", series="staff",
        questionnaire_version=version, headcounts={units[c].pk: n for c, n in counts.items()}, at=at,
    )  # fmt: skip
    staff.open_staff_survey(scope, survey=row, at=at)
    answered: list[OrgUnit] = []
    answers: list[dict[str, int]] = []
    for name, count in counts.items():
        secrets = staff.print_slips(scope, survey=row, unit=units[name], at=at) if count else []
        for secret in secrets:
            slip = staff.slip_of(secret)
            assert slip is not None
            row_given = {c: int(rng.integers(1, 6)) for c in TREE.columns()}
            staff.answer(slip=slip, answers=given(3, staff_comment=f"{CANARY} {name}", **row_given), at=at)
            answered.append(units[name])
            answers.append(row_given)
    row = staff.close_staff_survey(scope, survey=row, at=at + timedelta(days=7))
    columns = {c: np.array([float(a[c]) for a in answers]) for c in TREE.columns()}
    return House(row, answered, respondent_scores(TREE, columns))


@pytest.fixture
def houses(cast: Cast, units: dict[str, OrgUnit], at: datetime) -> list[House]:
    version = questionnaire(cast, at)
    return [
        held(cast, units, version, code=f"staff-{number}", seed=number, at=at + timedelta(days=60 * number))
        for number in (1, 2)
    ]


def reader(who: User, at: datetime) -> Client:
    """Signed in, for the pages, and with a token, for the API."""
    token = people.create_token(Scope.system("test"), user=who, name="attack", at=at)
    client = Client(headers={"Authorization": f"Bearer {token}"})
    client.raise_request_exception = False  # a page that fails shows nothing; other tests see to it
    client.force_login(who, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def attacker(cast: Cast, at: datetime) -> Client:
    return reader(cast.manager, at)


def published(
    attacker: Client, house: House, units: dict[str, OrgUnit]
) -> dict[tuple[str, str], tuple[int, float]]:
    """(unit, node) → n and score, from every page, download and API answer there is of the survey."""
    names = {**{u.name["en"]: c for c, u in units.items()}, **{u.name["zh"]: c for c, u in units.items()}}
    nodes = {text: place.code for place in TREE.nodes() for text in place.node.name.values()}
    nodes |= dict.fromkeys(TREE.name.values(), TREE.code)
    found: dict[tuple[str, str], tuple[int, float]] = {}

    def note(unit: str, node: str, n: Any, score: Any) -> None:
        if unit in names and node in nodes and score not in (None, ""):
            key, value = (names[unit], nodes[node]), (int(n), float(score))
            assert found.setdefault(key, value) == pytest.approx(value, abs=0.01), (
                "two places tell two stories"
            )

    base = f"/staff-results/{house.survey.code}/"
    for query in FILTERS[:-3] + FILTERS[-2:]:
        answer = attacker.get(f"{base}figures.csv?{query}")
        for line in csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))):
            note(line[0], line[3], line[2], line[4]) if line[0] in names else None
    book = openpyxl.load_workbook(io.BytesIO(attacker.get(f"{base}figures.xlsx").content))
    for cells in book.active.iter_rows(values_only=True):
        note(str(cells[0]), str(cells[3]), cells[2], cells[4])
    for unit in units.values():
        page = attacker.get(f"{base}?unit={unit.pk}")
        if page.status_code == 200:
            assert attacker.get(f"{base}dimensions.csv?unit={unit.pk}").status_code == 200
        for name in ("dimensions", "items"):
            table = attacker.get(f"{base}{name}.csv?unit={unit.pk}")
            if table.status_code == 200:
                for line in list(csv.reader(io.StringIO(table.content.decode("utf-8-sig"))))[1:]:
                    note(unit.name["en"], line[0], line[4], line[1])
    answer = attacker.get(f"/api/v1/staff-surveys/{house.survey.code}/results").json()
    for row in answer["units"]:
        for node in row["nodes"]:
            note(row["name"]["en"], node["name"]["en"], row["n"], node["score"])
    return found


def equations(
    house: House, units: dict[str, OrgUnit], cells: dict[tuple[str, str], tuple[int, float]], node: str
) -> tuple[Any, Any]:
    """What the attacker knows of a node: membership of people in the published units, and the sums."""
    rows = [
        (house.members(units[unit]), n * score) for (unit, code), (n, score) in cells.items() if code == node
    ]
    return np.array([row for row, _sum in rows]), np.array([total for _row, total in rows])


def small_groups(matrix: Any) -> Iterator[Any]:
    """Every group of one to four people that could follow from the equations: people whom no equation tells apart
    are in it together or not at all.
    """
    atoms: dict[tuple[float, ...], list[int]] = {}
    for person in range(matrix.shape[1]):
        atoms.setdefault(tuple(matrix[:, person]), []).append(person)
    small = [atom for atom in atoms.values() if len(atom) < 5]
    for count in range(1, 5):
        for chosen in itertools.combinations(small, count):
            if 0 < (size := sum(len(atom) for atom in chosen)) < 5:
                group = np.zeros(matrix.shape[1])
                group[list(itertools.chain(*chosen))] = 1
                assert group.sum() == size
                yield group


def follows(matrix: Any, group: Any) -> bool:
    """Whether the group's sum is a combination of the published ones: whether it lies in their row space."""
    weights, *_rest = np.linalg.lstsq(matrix.T, group, rcond=None)
    return bool(np.allclose(matrix.T @ weights, group, atol=1e-8))


def test_the_attack_would_succeed_on_naive_figures(houses: list[House], units: dict[str, OrgUnit]) -> None:
    """If every unit of five and more were shown, the rest of a branch would come out: the attack sees that."""
    house = houses[0]
    naive = [house.members(unit) for unit in units.values() if house.members(unit).sum() >= 5]
    assert any(follows(np.array(naive), group) for group in small_groups(np.array(naive)))


def test_what_is_published_is_right_and_of_five_people_at_least(
    attacker: Client, houses: list[House], units: dict[str, OrgUnit]
) -> None:
    for house in houses:
        cells = published(attacker, house, units)
        assert len({unit for unit, _node in cells}) >= 4, "there is something to attack"
        for (unit, node), (n, score) in cells.items():
            members = house.members(units[unit]) > 0
            if n == members.sum():  # answers of a small unit count for the one above, which then has more
                assert score == pytest.approx(house.scores[node][members].mean(), abs=0.05)
            assert n >= 5


def test_no_arithmetic_recovers_a_group_under_five(
    attacker: Client, houses: list[House], units: dict[str, OrgUnit]
) -> None:
    """Null space: of every node, of both surveys together, no group of one to four people is a combination of
    published sums. A survey's answers are its own unknowns.
    """
    nodes = [place.code for place in TREE.nodes()]
    for node in nodes:
        parts = [equations(house, units, published_of(attacker, house, units), node) for house in houses]
        for matrix, _sums in parts:
            if not matrix.size:
                continue
            recovered = [group for group in small_groups(matrix) if follows(matrix, group)]
            assert not recovered, f"{node}: {[g.nonzero()[0] for g in recovered]}"


_KNOWN: dict[str, dict[tuple[str, str], tuple[int, float]]] = {}


def published_of(
    attacker: Client, house: House, units: dict[str, OrgUnit]
) -> dict[tuple[str, str], tuple[int, float]]:
    key = f"{house.survey.pk}:{house.survey.closed_at}:{id(house)}"
    if key not in _KNOWN:
        _KNOWN[key] = published(attacker, house, units)
    return _KNOWN[key]


def test_no_interval_gives_a_small_unit_away(
    attacker: Client, houses: list[House], units: dict[str, OrgUnit]
) -> None:
    """Linear programming: with every score between 0 and 100, the mean of a hidden unit is not even known to within
    20 points. Of four people in a published group of five nobody could know it less well than to within 25.
    """
    house = houses[0]
    matrix, sums = equations(house, units, published_of(attacker, house, units), TREE.code)
    for code, unit in units.items():
        group = house.members(unit)
        if not 0 < group.sum() < 5:
            continue
        bounds = [
            linprog(sign * group, A_eq=matrix, b_eq=sums, bounds=(0, 100), method="highs").fun
            * sign
            / group.sum()
            for sign in (1, -1)
        ]
        assert bounds[1] - bounds[0] > 20, f"{code}: {bounds}"


def test_looking_before_and_after_an_answer_tells_nothing(
    attacker: Client, cast: Cast, units: dict[str, OrgUnit], at: datetime
) -> None:
    """While the survey is open, no page changes with an answer but for the number of answers of all together."""
    scope = cast.scope("manager")
    row = staff.create_staff_survey(
        scope, code="now", name={"zh": "n", "en": "n"}, unit=cast.group, respondents="staff",
        questionnaire_version=questionnaire(cast, at), headcounts={units["e3"].pk: 9, units["w3"].pk: 12}, at=at,
    )  # fmt: skip
    staff.open_staff_survey(scope, survey=row, at=at)
    slips = [staff.slip_of(s) for s in staff.print_slips(scope, survey=row, unit=units["e3"], at=at)]
    for slip in slips[:6]:
        assert slip is not None
        staff.answer(slip=slip, answers=given(4), at=at)
    first, seen = everything(attacker), everything(attacker)
    events = Event.objects.count()
    assert slips[6] is not None
    staff.answer(slip=slips[6], answers=given(1), at=at + timedelta(hours=3))
    assert Event.objects.count() == events
    after = everything(attacker)
    # Pages that tell of our own looking (exports are logged), or hold a new key each time, change by themselves.
    changed = {path for path in seen if seen[path] != after[path] and first[path] == seen[path]}
    assert changed <= {"/staff-surveys/now/", "/api/v1/staff-surveys/now"}
    for path in changed:
        assert re.sub(r"\b7\b", "6", after[path]) == seen[path]
    assert attacker.get("/staff-results/now/").status_code == 404
    assert attacker.get("/api/v1/staff-surveys/now/results").status_code == 409


def everything(attacker: Client) -> dict[str, str]:
    """Every address without a parameter, and those of the surveys."""
    from tests.rights.test_walk import PARAMETER, routes

    paths = [
        f"/{r}" for r in routes() if not PARAMETER.search(r) and not r.startswith(("^", "results/staff"))
    ]
    for survey in StaffSurvey.objects.all():
        paths += [f"/staff-surveys/{survey.code}/", f"/staff-results/{survey.code}/"]
        paths += [f"/api/v1/staff-surveys/{survey.code}", f"/api/v1/staff-surveys/{survey.code}/results"]
    paths += ["/results/staff-and-customers/", "/results/staff-and-customers/units.csv"]
    token = re.compile(r"\b[A-Za-z0-9]{64}\b")  # of each page against forgery
    found = {}
    for path in paths:
        answer = attacker.get(path)
        data = b"".join(answer.streaming_content) if answer.streaming else answer.content
        found[path] = token.sub("", data.decode("utf-8", "replace"))
    return found


def test_words_of_staff_stand_on_the_page_of_the_whole_survey_and_nowhere_else(
    attacker: Client, houses: list[House]
) -> None:
    seen = everything(attacker)
    shown = {path for path, text in seen.items() if CANARY in text}
    assert shown == {f"/staff-results/staff-{n}/" for n in (1, 2)} | {
        f"/api/v1/staff-surveys/staff-{n}/results" for n in (1, 2)
    }
    answer = json.loads(seen["/api/v1/staff-surveys/staff-1/results"])
    words = answer["texts"]["staff_comment"]
    assert words == sorted(words), "the order of the words tells nothing of the order of answering"


def test_staff_are_no_customers(attacker: Client, houses: list[House]) -> None:
    """No wave, no response, no result, no customer comes of a staff survey."""
    for path in (
        "/api/v1/waves",
        "/api/v1/responses",
        "/api/v1/results",
        "/api/v1/customers",
        "/api/v1/samples",
    ):
        assert attacker.get(path).json()["items"] == []


def test_a_manager_of_a_branch_sees_no_more_than_the_rows_of_that_branch(
    cast: Cast, houses: list[House], at: datetime
) -> None:
    client = reader(cast.east_manager, at)
    answer = client.get("/api/v1/staff-surveys/staff-1/results").json()
    assert {row["name"]["en"] for row in answer["units"]} == {"East", "Unit e3", "Unit e4"}
    assert answer["texts"] == {}
    assert answer["columns"] == {}


def test_moving_a_unit_after_the_end_changes_no_figure(
    attacker: Client, houses: list[House], units: dict[str, OrgUnit], cast: Cast, at: datetime
) -> None:
    before = published(attacker, houses[0], units)
    e1, west = units["e1"], units["west"]
    OrgUnit.objects.filter(pk=e1.pk).update(parent=west, path=f"{west.path}{e1.pk}/")
    assert published(attacker, houses[0], units) == before


def test_a_raised_minimum_hides_what_it_would_have_hidden(
    attacker: Client, houses: list[House], units: dict[str, OrgUnit]
) -> None:
    Organisation.objects.update(anonymity_minimum=9)
    cells = published(attacker, houses[0], units)
    matrix, _sums = equations(houses[0], units, cells, TREE.code)
    sizes = {tuple(column): 0 for column in matrix.T}
    for column in matrix.T:
        sizes[tuple(column)] += 1
    assert min(sizes.values()) >= 9
