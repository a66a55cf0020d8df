"""The demo's own people are asked: two surveys of staff in all departments, and one each of managers and staff about
service gaps. Staff of the south are the most content and those of the east the least, as are their customers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np

from manyi.demo import latent
from manyi.demo.organisation import BRANCHES
from manyi.insights.queries import result_of
from manyi.insights.services_gaps import make_questionnaire
from manyi.people import services as people
from manyi.people.access import scope_of
from manyi.people.models import OrgUnit, User
from manyi.scope import Scope
from manyi.surveys.models import QuestionnaireVersion, StaffSurvey, Wave
from manyi.surveys.services import staff
from manyi.surveys.services.questionnaires import publish_questionnaire
from manyi.surveys.services.templates import start_from_template
from manyi.surveys.services.trees import publish_tree
from manyi.surveys.staff_template import staff_template

KINDS = StaffSurvey.Respondents
SEED = 77
ANSWERING = 0.8
#: Department → name, people; the offices are too small to be shown.
DEPARTMENTS: Mapping[str, tuple[Mapping[str, str], int]] = {
    "sales": ({"zh": "销售部", "en": "Sales"}, 8),
    "service": ({"zh": "服务部", "en": "Service"}, 13),
    "works": ({"zh": "车间", "en": "Works"}, 12),
    "office": ({"zh": "办公室", "en": "Office"}, 3),
}
HEAD_OFFICE = 7
#: How content staff of a branch and of a department are, in points of 1–5 from the mean.
MOODS = {
    "south": 0.4,
    "east": -0.35,
    "west": 0.0,
    "sales": 0.1,
    "service": -0.15,
    "works": 0.0,
    "office": 0.2,
}
ITEM_MEANS = {"work_": 3.9, "lead_": 3.7, "team_": 3.8, "serve_": 3.2, "grow_": 3.3, "pay_": 3.5}
#: What managers believe to be expected, what standards ask for, what is done and promised; 1–7 by dimension.
BELIEFS = {"tangibles": 5.6, "reliability": 5.3, "responsiveness": 4.5, "assurance": 5.5, "empathy": 4.9}
SET = {"tangibles": 5.5, "reliability": 5.2, "responsiveness": 4.3, "assurance": 5.3, "empathy": 4.4}
DONE = {"tangibles": 5.5, "reliability": 4.6, "responsiveness": 4.0, "assurance": 5.3, "empathy": 4.7}
PROMISED = {"tangibles": 5.4, "reliability": 5.8, "responsiveness": 5.7, "assurance": 5.5, "empathy": 5.0}
COMMENTS = (
    "给一线多一点现场处理的权限。", "客户来电要转三个部门，谁都急。", "备件系统太慢，查一次要几分钟。",
    "希望培训讲些真能用上的东西。", "加班排班提前一周告诉我们就好。", "先把报价审批的流程理顺。",
    "车间的通风早该改了。", "销售承诺的交期，我们常常最后才知道。", "多听听修过机器的人怎么说。",
    "Let us decide small refunds ourselves.", "Tell the works before promising a date.", "Fewer forms for one repair.",
)  # fmt: skip
Answer = Callable[[OrgUnit, str], int | str | None]


def ask_staff(*, at: datetime, wave: str) -> None:
    """All surveys, dated back from `at`; those about gaps ask what `wave` asked its customers."""
    rng = np.random.default_rng(SEED)
    manager = scope_of(User.objects.get(username="manager"))
    units = _departments(at - timedelta(days=300))
    version = _questionnaire(manager, at - timedelta(days=290))
    for number, (days, better) in enumerate(((235, 0.0), (72, 0.12)), 1):
        _held(
            manager, code=f"staff-{number}", name={"zh": f"员工满意度第 {number} 次", "en": f"Staff satisfaction {number}"},
            series="staff", kind=KINDS.STAFF, version=version, people=units, answer=_mood(rng, better), rng=rng,
            opened=at - timedelta(days=days + 12), closed=at - timedelta(days=days),
        )  # fmt: skip
    result = result_of(manager, Wave.objects.get(code=wave))
    group = OrgUnit.objects.get(parent=None)
    for kind, means, count, name in (
        (KINDS.MANAGERS, {"belief": BELIEFS, "standard": SET}, 30, {"zh": "管理者怎么看客户期望", "en": "What managers believe"}),
        (KINDS.STAFF, {"meet": DONE, "promise": PROMISED}, 40, {"zh": "标准做到了吗", "en": "Are our standards kept?"}),
    ):  # fmt: skip
        draft = make_questionnaire(manager, result=result, respondents=kind, at=at - timedelta(days=26))
        made = publish_questionnaire(manager, questionnaire=draft, at=at - timedelta(days=26))
        _held(
            manager, code=f"gaps-{kind}", name=name, series="", kind=kind, version=made, people={group: count},
            answer=_belief(rng, means, made), rng=rng, opened=at - timedelta(days=24), closed=at - timedelta(days=12),
        )  # fmt: skip


def _departments(at: datetime) -> dict[OrgUnit, int]:
    """Departments of every branch, with how many work there; the head office is the group itself."""
    system = Scope.system("demo")
    found = {OrgUnit.objects.get(parent=None): HEAD_OFFICE}
    for branch in BRANCHES:
        parent = OrgUnit.objects.get(code=branch)
        for code, (name, count) in DEPARTMENTS.items():
            unit = people.create_org_unit(
                system, code=f"{branch}-{code}", parent=parent, at=at,
                name={"zh": f"{parent.name['zh'][:2]}{name['zh']}", "en": f"{parent.name['en'].split()[0]} {name['en'].lower()}"},
            )  # fmt: skip
            found[unit] = count
    return found


def _questionnaire(scope: Scope, at: datetime) -> QuestionnaireVersion:
    template = staff_template()
    row = start_from_template(scope, template=template, name=template.name, with_tree=True, at=at)
    tree = row.versions.get().tree_version
    if tree is not None:
        publish_tree(scope, tree=tree.tree, at=at)
    return publish_questionnaire(scope, questionnaire=row, at=at)


def _mood(rng: np.random.Generator, better: float) -> Answer:
    """One person after the other; whose mood it is changes with the first question."""
    own = {"mood": 0.0}
    comments = iter(COMMENTS[round(10 * better) :])

    def answer(unit: OrgUnit, column: str) -> int | str | None:
        if column == "work_meaning":
            own["mood"] = (
                better + sum(MOODS.get(part, 0.0) for part in unit.code.split("-")) + rng.normal(0, 0.45)
            )
        if column == "staff_comment":
            return next(comments, None) if rng.random() < 0.2 else None
        if column == "staff_recommend":
            return int(np.clip(np.rint(7 + 2 * own["mood"] + rng.normal(0, 1.2)), 0, 10))
        mean = next((m for begin, m in ITEM_MEANS.items() if column.startswith(begin)), 3.6)
        return int(np.clip(np.rint(mean + own["mood"] + rng.normal(0, 0.7)), 1, 5))

    return answer


def _belief(
    rng: np.random.Generator, means: Mapping[str, Mapping[str, float]], version: QuestionnaireVersion
) -> Answer:
    dimensions = tuple(latent.SERVICE_GAPS)

    def answer(unit: OrgUnit, column: str) -> int | str | None:
        dimension = next((d for d in dimensions if d in column), None)
        if dimension is None:
            return None
        what = next((w for w in means if column.startswith(w)), next(iter(means)))
        return int(np.clip(np.rint(means[what][dimension] + rng.normal(0, 0.8)), 1, 7))

    return answer


def _held(
    scope: Scope, *, code: str, name: Mapping[str, str], series: str, kind: StaffSurvey.Respondents,
    version: QuestionnaireVersion, people: Mapping[OrgUnit, int], answer: Answer, rng: np.random.Generator,
    opened: datetime, closed: datetime,
) -> None:  # fmt: skip
    """A survey from plan to figures: four in five answer."""
    survey = staff.create_staff_survey(
        scope, code=code, name=name, series=series, unit=OrgUnit.objects.get(parent=None), respondents=kind,
        questionnaire_version=version, headcounts={unit.pk: n for unit, n in people.items()}, at=opened - timedelta(days=3),
    )  # fmt: skip
    staff.open_staff_survey(scope, survey=survey, at=opened)
    columns = list(staff.form_of(survey).columns())
    for unit in people:
        for secret in staff.print_slips(scope, survey=survey, unit=unit, at=opened):
            slip = staff.slip_of(secret)
            if slip is None or rng.random() > ANSWERING:
                continue
            given: dict[str, Any] = {column: answer(unit, column) for column in columns}
            staff.answer(slip=slip, answers={c: v for c, v in given.items() if v is not None}, at=opened)
    staff.close_staff_survey(scope, survey=survey, at=closed)
