"""The demo's indicator tree and questionnaires: those of the manufacturing template, and some questions more.

Every wave asks what a structural model needs; the newest finished one also asks for features in Kano's way and for
expected and perceived service.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from manyi.scope import Scope
from manyi.surveys.industry import template
from manyi.surveys.models import QuestionnaireVersion, TreeVersion
from manyi.surveys.services.questionnaires import create_questionnaire, publish_questionnaire
from manyi.surveys.services.trees import create_tree, publish_tree

_AGREE = {
    "min": 1, "max": 5,
    "labels": {
        "1": {"zh": "完全不同意", "en": "Strongly disagree"}, "3": {"zh": "一般", "en": "Neutral"},
        "5": {"zh": "完全同意", "en": "Strongly agree"},
    },
}  # fmt: skip
#: What a structural model asks beside perceived quality: expectation, value, satisfaction, loyalty.
RELATION: dict[str, Any] = {
    "code": "relation",
    "title": {"zh": "总体感受", "en": "Looking at the whole"},
    "questions": [
        {
            "code": "g_relation", "type": "matrix", "required": True, "scale": _AGREE,
            "text": {"zh": "您在多大程度上同意下列说法？", "en": "How far do you agree with these statements?"},
            "items": [
                {"code": "expect_product", "text": {"zh": "合作之前，我们对贵公司产品的期望很高", "en": "Before we bought, we expected much of the products"}},
                {"code": "expect_service", "text": {"zh": "合作之前，我们对贵公司服务的期望很高", "en": "Before we bought, we expected much of the service"}},
                {"code": "value_price", "text": {"zh": "就得到的质量而言，价格合理", "en": "Given the quality, the price is fair"}},
                {"code": "value_quality", "text": {"zh": "就支付的价格而言，质量令人满意", "en": "Given the price, the quality is good"}},
                {"code": "sat_expected", "text": {"zh": "实际表现达到了我们的期望", "en": "What we got met our expectations"}},
                {"code": "sat_ideal", "text": {"zh": "与我们心目中的理想供应商很接近", "en": "It comes close to our ideal supplier"}},
                {"code": "again", "text": {"zh": "今后有需要还会选择贵公司", "en": "We would choose this supplier again"}},
                {"code": "extend", "text": {"zh": "愿意在更多项目上与贵公司合作", "en": "We would like to do more projects together"}},
            ],
        }
    ],
}  # fmt: skip

_LIKE = {"zh": "{}，您觉得怎么样？", "en": "How would you feel if {}?"}


def _pair(code: str, zh: tuple[str, str], en: tuple[str, str]) -> dict[str, Any]:
    texts = [{"zh": _LIKE["zh"].format(zh[i]), "en": _LIKE["en"].format(en[i])} for i in (0, 1)]
    return {"code": code, "type": "kano", "required": True, "text": texts[0], "text2": texts[1]}


#: The topics of the newest finished wave; `latent.FEATURES` and `latent.SERVICE_GAPS` say what comes out.
TOPICS: tuple[dict[str, Any], ...] = (
    {
        "code": "features",
        "title": {"zh": "您希望有什么", "en": "What you would like"},
        "questions": [
            _pair("certificate", ("如果每台泵都附出厂检验报告", "如果泵不附出厂检验报告"), ("every pump came with its test certificate", "pumps came without a test certificate")),
            _pair("spares", ("如果常用备件一天内到货", "如果常用备件要等好几天"), ("common spare parts arrived within a day", "common spare parts took several days")),
            _pair("tracking", ("如果可以在手机上查看订单进度", "如果不能在手机上查看订单进度"), ("you could follow orders on your phone", "you could not follow orders on your phone")),
            _pair("catalogue", ("如果每年寄送印刷版产品样本", "如果不寄送印刷版产品样本"), ("a printed catalogue came every year", "no printed catalogue came")),
        ],
    },
    {
        "code": "expected",
        "title": {"zh": "期望与感受", "en": "Expected and experienced"},
        "questions": [
            {
                "code": "service_level", "type": "servqual", "required": True,
                "scale": {
                    "min": 1, "max": 7,
                    "labels": {"1": {"zh": "很差", "en": "Very poor"}, "7": {"zh": "很好", "en": "Very good"}},
                },
                "text": {"zh": "好的供应商应当做到什么程度？我们实际做得怎么样？", "en": "How good should a good supplier be, and how good are we?"},
                "items": [
                    {"code": "tangibles1", "text": {"zh": "服务人员装备齐全", "en": "Technicians come well equipped"}},
                    {"code": "tangibles2", "text": {"zh": "说明书清楚好用", "en": "Manuals are clear"}},
                    {"code": "reliability1", "text": {"zh": "答应的事按时做到", "en": "Promises are kept on time"}},
                    {"code": "reliability2", "text": {"zh": "第一次就把问题修好", "en": "Repairs hold the first time"}},
                    {"code": "responsiveness1", "text": {"zh": "报修后很快有人响应", "en": "A call for repair is answered soon"}},
                    {"code": "responsiveness2", "text": {"zh": "提前告知上门时间", "en": "We are told when somebody will come"}},
                    {"code": "assurance1", "text": {"zh": "服务人员懂技术", "en": "Technicians know their trade"}},
                    {"code": "assurance2", "text": {"zh": "技术答复靠得住", "en": "Technical answers can be relied on"}},
                    {"code": "empathy1", "text": {"zh": "了解我们的使用工况", "en": "They know our operating conditions"}},
                    {"code": "empathy2", "text": {"zh": "服务时间方便我们", "en": "Service hours suit us"}},
                ],
            }
        ],
    },
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Designs:
    """Published versions. `with_topics` asks everything `questionnaire` does, and TOPICS."""

    tree: TreeVersion
    questionnaire: QuestionnaireVersion
    with_topics: QuestionnaireVersion


def create_designs(scope: Scope, *, at: datetime) -> Designs:
    ready = template("manufacturing")
    if ready is None:
        raise LookupError("the manufacturing template is missing")
    tree = create_tree(scope, code="pump-customers", name=ready.tree["name"], definition=ready.tree, at=at)
    tree_version = publish_tree(scope, tree=tree, at=at)

    def published(code: str, name: dict[str, str], *sections: dict[str, Any]) -> QuestionnaireVersion:
        definition = copy.deepcopy(dict(ready.questionnaire))
        definition["sections"][-1:-1] = sections
        questionnaire = create_questionnaire(
            scope, code=code, name=name, definition=definition, tree_version=tree_version, at=at
        )
        return publish_questionnaire(scope, questionnaire=questionnaire, at=at)

    return Designs(
        tree_version,
        published(
            "pump-customers",
            {"zh": "泵业客户满意度问卷", "en": "Pump customers’ satisfaction questionnaire"},
            RELATION,
        ),
        published(
            "pump-customers-topics",
            {
                "zh": "泵业客户满意度问卷（含专题）",
                "en": "Pump customers’ satisfaction, with topics of the year",
            },
            RELATION,
            *TOPICS,
        ),
    )
