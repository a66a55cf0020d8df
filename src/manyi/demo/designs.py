"""The demo's indicator tree and questionnaire: those of the manufacturing template, and a few questions more."""

from __future__ import annotations

import copy
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


def create_designs(scope: Scope, *, at: datetime) -> tuple[TreeVersion, QuestionnaireVersion]:
    """Published versions of tree and questionnaire."""
    ready = template("manufacturing")
    if ready is None:
        raise LookupError("the manufacturing template is missing")
    tree = create_tree(scope, code="pump-customers", name=ready.tree["name"], definition=ready.tree, at=at)
    tree_version = publish_tree(scope, tree=tree, at=at)
    definition = copy.deepcopy(dict(ready.questionnaire))
    definition["sections"].insert(-1, RELATION)
    questionnaire = create_questionnaire(
        scope, code="pump-customers", definition=definition, tree_version=tree_version, at=at,
        name={"zh": "泵业客户满意度问卷", "en": "Pump customers’ satisfaction questionnaire"},
    )  # fmt: skip
    return tree_version, publish_questionnaire(scope, questionnaire=questionnaire, at=at)
