"""Staff surveys: planned, opened, slips, answers, figures; and that nothing leads from an answer to a person."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from manyi.events.models import Event
from manyi.measures.tree import Tree
from manyi.messaging.models import OutgoingMail
from manyi.people.models import OrgUnit
from manyi.surveys import questionnaire as q
from manyi.surveys import staff_figures
from manyi.surveys.models import QuestionnaireVersion, Response, StaffAnswer, StaffSlip, StaffSurvey, Wave
from manyi.surveys.services import staff
from manyi.surveys.services.questionnaires import publish_questionnaire
from manyi.surveys.services.responses import AnswersInvalid, ResponseRefused
from manyi.surveys.services.templates import start_from_template
from manyi.surveys.services.trees import publish_tree
from manyi.surveys.staff_template import staff_template
from tests.conftest import Cast


def questionnaire(cast: Cast, at: datetime) -> QuestionnaireVersion:
    """The ready-made one, published."""
    scope = cast.scope("manager")
    row = start_from_template(
        scope, template=staff_template(), name=staff_template().name, with_tree=True, at=at
    )
    tree = row.versions.get().tree_version
    assert tree is not None
    publish_tree(scope, tree=tree.tree, at=at)
    return publish_questionnaire(scope, questionnaire=row, at=at)


def given(points: int = 4, **more: Any) -> dict[str, Any]:
    form = q.parse(staff_template().questionnaire)
    rated = {c: points for c, question in form.columns().items() if question.type != "text"}
    return {**rated, **more}


def survey(cast: Cast, at: datetime, people: Mapping[OrgUnit, int], **more: Any) -> StaffSurvey:
    row = staff.create_staff_survey(
        cast.scope("manager"), code=more.pop("code", "staff-1"), name={"zh": "员工", "en": "Staff"}, unit=cast.group,
        respondents=more.pop("respondents", "staff"),
        questionnaire_version=more.pop("version", None) or questionnaire(cast, at),
        headcounts={unit.pk: count for unit, count in people.items()}, at=at, **more,
    )  # fmt: skip
    return staff.open_staff_survey(cast.scope("manager"), survey=row, at=at)


def answer_all(cast: Cast, row: StaffSurvey, unit: OrgUnit, points: int, count: int, at: datetime) -> None:
    secrets = staff.print_slips(cast.scope("manager"), survey=row, unit=unit, at=at)
    for secret in secrets[:count]:
        slip = staff.slip_of(secret)
        assert slip is not None
        staff.answer(slip=slip, answers=given(points), at=at)


def test_the_ready_made_questionnaire_suits_and_fits_its_tree() -> None:
    template = staff_template()
    form = q.parse(template.questionnaire)
    assert staff_figures.unsuitable(form) == ""
    assert set(Tree.from_dict(template.tree).columns()) < set(form.columns())
    assert len(Tree.from_dict(template.tree).columns()) == template.item_count == 20


@pytest.mark.django_db
def test_what_marks_a_person_cannot_be_asked(cast: Cast, at: datetime) -> None:
    version = questionnaire(cast, at)
    age = {
        "code": "age", "type": "single", "required": True, "text": {"zh": "年龄", "en": "Age"},
        "options": [{"code": c, "text": {"zh": c, "en": c}} for c in ("young", "old")],
    }  # fmt: skip
    definition = {**version.definition, "sections": [*version.definition["sections"], {"code": "who", "title": {"zh": "您", "en": "You"}, "questions": [age]}]}  # fmt: skip
    marked = QuestionnaireVersion.objects.create(
        questionnaire=version.questionnaire, number=9, state="published", definition=definition, changed_at=at
    )
    with pytest.raises(staff.StaffSurveyRefused, match="age"):
        survey(cast, at, {cast.east: 9}, version=marked)


@pytest.mark.django_db
def test_fewer_people_than_the_smallest_group_cannot_be_asked(cast: Cast, at: datetime) -> None:
    with pytest.raises(staff.StaffSurveyRefused, match="5"):
        survey(cast, at, {cast.east: 4})


@pytest.mark.django_db
def test_answers_of_a_small_unit_count_for_the_one_above_from_the_start(cast: Cast, at: datetime) -> None:
    row = survey(cast, at, {cast.east: 8, cast.west: 3, cast.group: 6})
    places = set(row.slips.values_list("unit__code", "counts_for__code"))
    assert places == {("east", "east"), ("west", "group"), ("group", "group")}


@pytest.mark.django_db
def test_an_answer_holds_nothing_but_unit_and_answers(cast: Cast, at: datetime) -> None:
    row = survey(cast, at, {cast.east: 8})
    events = Event.objects.count()
    answer_all(cast, row, cast.east, 4, 6, at)
    assert {f.name for f in StaffAnswer._meta.concrete_fields} == {"id", "survey", "unit", "answers"}
    assert {f.name for f in StaffSlip._meta.concrete_fields} == {
        "id", "survey", "unit", "counts_for", "digest", "spent",
    }  # fmt: skip
    assert Event.objects.count() == events + 1, "the printing is logged, no answer is"
    assert not Response.objects.exists()
    assert not Wave.objects.exists()


@pytest.mark.django_db
def test_a_slip_is_good_for_one_answer(cast: Cast, at: datetime) -> None:
    row = survey(cast, at, {cast.east: 8})
    secret = staff.print_slips(cast.scope("manager"), survey=row, unit=cast.east, at=at)[0]
    slip = staff.slip_of(secret)
    assert slip is not None
    with pytest.raises(AnswersInvalid):
        staff.answer(slip=slip, answers={"work_meaning": 4}, at=at)
    staff.answer(slip=slip, answers=given(), at=at)
    with pytest.raises(ResponseRefused):
        staff.answer(slip=slip, answers=given(), at=at)
    assert row.answers.count() == 1


@pytest.mark.django_db
def test_the_secret_is_nowhere_in_the_database(cast: Cast, at: datetime) -> None:
    row = survey(cast, at, {cast.east: 8})
    secret = staff.print_slips(cast.scope("manager"), survey=row, unit=cast.east, at=at)[0]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT * FROM "{table}"')
            assert secret not in repr(cursor.fetchall()), table


@pytest.mark.django_db
def test_slips_are_printed_anew_only_while_nobody_has_answered(cast: Cast, at: datetime) -> None:
    row = survey(cast, at, {cast.east: 8, cast.west: 8})
    first = staff.print_slips(cast.scope("manager"), survey=row, unit=cast.east, at=at)
    again = staff.print_slips(cast.scope("manager"), survey=row, unit=cast.east, at=at)
    assert staff.slip_of(first[0]) is None, "the slips printed before are void"
    slip = staff.slip_of(again[0])
    assert slip is not None
    staff.answer(slip=slip, answers=given(), at=at)
    with pytest.raises(staff.StaffSurveyRefused):
        staff.print_slips(cast.scope("manager"), survey=row, unit=cast.east, at=at)
    assert len(staff.print_slips(cast.scope("manager"), survey=row, unit=cast.west, at=at)) == 8


@pytest.mark.django_db
def test_a_mailed_slip_is_sent_once_to_each_user_and_forgotten_by_the_outbox(
    cast: Cast, at: datetime
) -> None:
    row = survey(cast, at, {cast.east: 8})
    count = staff.mail_slips(cast.scope("manager"), survey=row, unit=cast.east, at=at)
    mails = OutgoingMail.objects.filter(reference__startswith=f"staff:{row.pk}:")
    assert count == mails.count() == 3
    links = {re.search(r"/e/([\w-]+)/", mail.text).group(1) for mail in mails}  # type: ignore[union-attr]
    assert len(links) == 3
    assert all(staff.slip_of(secret) for secret in links)
    with pytest.raises(staff.StaffSurveyRefused):
        staff.mail_slips(cast.scope("manager"), survey=row, unit=cast.east, at=at)


@pytest.mark.django_db
def test_closing_makes_the_figures_and_deletes_the_answers(cast: Cast, at: datetime) -> None:
    row = survey(cast, at, {cast.east: 12, cast.west: 8})
    answer_all(cast, row, cast.east, 5, 10, at)
    answer_all(cast, row, cast.west, 3, 6, at)
    row = staff.close_staff_survey(cast.scope("manager"), survey=row, at=at + timedelta(days=9))
    assert not row.answers.exists()
    units = row.figures["units"]
    east, west = units[str(cast.east.pk)], units[str(cast.west.pk)]
    assert (east["asked"], east["n"], east["result"]["index"]) == (12, 10, 100)
    assert (west["n"], west["result"]["index"]) == (6, 50)
    assert len(units[str(cast.group.pk)]["result"]["nodes"]) == 27
    assert len(west["result"]["nodes"]) == 7, "single items take ten people"
    assert len(east["result"]["nodes"]) == 7, "its items would give away those of the west"
    assert row.figures["columns"]["work_meaning"][0] == pytest.approx((50 + 18) / 16)
    with pytest.raises(staff.StaffSurveyRefused):
        staff.close_staff_survey(cast.scope("manager"), survey=row, at=at)


@pytest.mark.django_db
def test_with_too_few_answers_no_figure_is_made(cast: Cast, at: datetime) -> None:
    row = survey(cast, at, {cast.east: 12})
    answer_all(cast, row, cast.east, 5, 4, at)
    row = staff.close_staff_survey(cast.scope("manager"), survey=row, at=at)
    assert row.figures == {"minimum": 5, "asked": 12, "n": 0, "units": {}, "columns": {}, "texts": {}}
    assert not row.answers.exists()


def _page(client: Client, secret: str, **data: Any) -> Any:
    return client.post(f"/e/{secret}/?lang=en", data) if data else client.get(f"/e/{secret}/?lang=en")


@pytest.mark.django_db
def test_somebody_answers_on_paper_size_of_a_phone_without_script(
    cast: Cast, at: datetime, client: Client
) -> None:
    row = survey(cast, at, {cast.east: 8})
    secret = staff.print_slips(cast.scope("manager"), survey=row, unit=cast.east, at=at)[0]
    answers = given(4, staff_comment="Less paper, please.")
    page = _page(client, secret)
    assert "stored without your name" in page.content.decode()
    for _section in range(7):
        html = page.content.decode()
        shown = re.findall(r'name="_shown" value="(\w+)"', html)
        names = set(re.findall(r'name="(\w+)"', html)) & set(answers)
        page = _page(
            client, secret, _form=re.search(r'name="_form" value="([^"]+)"', html).group(1),  # type: ignore[union-attr]
            _section=re.search(r'name="_section" value="(\w+)"', html).group(1), _go="next", _shown=shown,  # type: ignore[union-attr]
            **{name: answers[name] for name in names},
        )  # fmt: skip
        if page.status_code == 302:
            break
        assert not row.answers.exists(), "nothing is stored before the last page is sent"
    assert page.status_code == 302
    assert not page.cookies
    assert row.answers.get().answers == answers
    assert "have arrived" in client.get(f"/e/{secret}/{page['Location']}").content.decode()
    assert "answered already" in _page(client, secret).content.decode()


@pytest.mark.django_db
def test_a_wrong_secret_leads_nowhere(client: Client, cast: Cast) -> None:
    assert client.get("/e/nothing/").status_code == 404


@pytest.mark.django_db
def test_pages_plan_open_print_and_close(cast: Cast, at: datetime, client: Client) -> None:
    version = questionnaire(cast, at)
    client.force_login(cast.manager, backend="django.contrib.auth.backends.ModelBackend")
    assert (
        "Staff surveys" in client.get("/staff-surveys/", headers={"Accept-Language": "en"}).content.decode()
    )
    made = client.post(
        "/staff-surveys/new/",
        {
            "name_zh": "员工", "name_en": "Staff", "code": "s1", "series": "", "respondents": "staff",
            "questionnaire_version": version.pk, "unit": cast.group.pk, f"people_{cast.group.pk}": 0,
            f"people_{cast.east.pk}": 7, f"people_{cast.west.pk}": 6,
        },
    )  # fmt: skip
    assert made.status_code == 302, made.context["form"].errors
    client.post("/staff-surveys/s1/open/")
    pdf = client.post(f"/staff-surveys/s1/slips/{cast.east.pk}/print/")
    assert pdf["Content-Type"] == "application/pdf"
    assert pdf.content.startswith(b"%PDF")
    page = client.get("/staff-surveys/s1/").content.decode()
    assert 'class="number">7<' in page
    client.post("/staff-surveys/s1/close/")
    assert StaffSurvey.objects.get().state == "closed"


@pytest.mark.django_db
def test_another_branch_neither_sees_nor_runs_it(cast: Cast, at: datetime, client: Client) -> None:
    row = staff.create_staff_survey(
        cast.scope("manager"), code="east-only", name={"zh": "东", "en": "East"}, unit=cast.east, respondents="staff",
        questionnaire_version=questionnaire(cast, at), headcounts={cast.east.pk: 8}, at=at,
    )  # fmt: skip
    client.force_login(cast.outsider, backend="django.contrib.auth.backends.ModelBackend")
    assert client.get("/staff-surveys/east-only/").status_code == 404
    assert client.post("/staff-surveys/east-only/open/").status_code == 404
    row.refresh_from_db()
    assert row.state == "draft"
