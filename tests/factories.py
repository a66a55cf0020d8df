"""Small ready-made things for tests: a tree, its questionnaire, customers, an open wave.

Rows are written directly, so that a test of one service does not depend on another.
"""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from manyi.complaints.models import Channel, Complaint
from manyi.complaints.services import cases
from manyi.customers.models import Contact, Customer
from manyi.people.models import OrgUnit, User
from manyi.scope import Scope
from manyi.surveys.models import (
    IndicatorTree,
    Invitation,
    Questionnaire,
    QuestionnaireVersion,
    TreeVersion,
    Wave,
)


def texts(zh: str, en: str) -> dict[str, str]:
    return {"zh": zh, "en": en}


TREE: dict[str, Any] = {
    "name": texts("客户满意度", "Customer satisfaction"),
    "scale": {"min": 1, "max": 5, "missing": []},
    "tree": [
        {
            "code": "delivery", "name": texts("交期", "Delivery"), "weight": 60,
            "children": [
                {"code": "on_time", "name": texts("准时交付", "On time"), "weight": 50, "column": "on_time"},
                {"code": "complete", "name": texts("数量准确", "Complete"), "weight": 50, "column": "complete"},
            ],
        },
        {
            "code": "service", "name": texts("服务", "Service"), "weight": 40,
            "children": [
                {"code": "attitude", "name": texts("服务态度", "Attitude"), "weight": 70, "column": "attitude"},
                {"code": "speed", "name": texts("响应速度", "Speed"), "weight": 30, "column": "speed"},
            ],
        },
    ],
}  # fmt: skip

SCALE = {
    "min": 1, "max": 5, "not_applicable": True,
    "labels": {"1": texts("很不满意", "Very dissatisfied"), "5": texts("很满意", "Very satisfied")},
}  # fmt: skip

QUESTIONNAIRE: dict[str, Any] = {
    "name": texts("满意度调查", "Satisfaction survey"),
    "languages": ["zh", "en"],
    "intro": texts("感谢您抽出两分钟。", "Thank you for two minutes of your time."),
    "thanks": texts("谢谢！", "Thank you!"),
    "callback": True,
    "sections": [
        {
            "code": "main", "title": texts("请评价我们", "Please rate us"),
            "questions": [
                {
                    "code": "g1", "type": "matrix", "required": True, "text": texts("交期", "Delivery"), "scale": SCALE,
                    "items": [
                        {"code": "on_time", "text": texts("准时交付", "Delivered on time")},
                        {"code": "complete", "text": texts("数量准确", "Quantities were right")},
                    ],
                },
                {
                    "code": "g2", "type": "matrix", "text": texts("服务", "Service"), "scale": SCALE,
                    "items": [
                        {"code": "attitude", "text": texts("服务态度", "Friendliness")},
                        {"code": "speed", "text": texts("响应速度", "Speed of response")},
                    ],
                },
            ],
        },
        {
            "code": "more", "title": texts("总体", "Overall"),
            "questions": [
                {"code": "nps", "type": "nps", "required": True, "text": texts("您愿意推荐我们吗？", "Would you recommend us?")},
                {
                    "code": "why_low", "type": "text", "multiline": True, "text": texts("哪里让您失望？", "What let you down?"),
                    "show_if": {"all": [{"question": "nps", "op": "lte", "value": 6}]},
                },
                {"code": "comment", "type": "text", "multiline": True, "text": texts("还想说什么？", "Anything else?")},
            ],
        },
    ],
}  # fmt: skip


def tree_version(at: datetime, code: str = "csi", definition: dict[str, Any] | None = None) -> TreeVersion:
    tree, _ = IndicatorTree.objects.get_or_create(
        code=code, defaults={"name": TREE["name"], "created_at": at}
    )
    return TreeVersion.objects.create(
        tree=tree, number=tree.versions.count() + 1, state="published", definition=definition or TREE,
        changed_at=at, published_at=at,
    )  # fmt: skip


def questionnaire_version(
    at: datetime,
    tree: TreeVersion | None = None,
    code: str = "main",
    definition: dict[str, Any] | None = None,
) -> QuestionnaireVersion:
    row, _ = Questionnaire.objects.get_or_create(
        code=code, defaults={"name": QUESTIONNAIRE["name"], "created_at": at}
    )
    return QuestionnaireVersion.objects.create(
        questionnaire=row, number=row.versions.count() + 1, state="published",
        definition=definition or QUESTIONNAIRE, tree_version=tree, changed_at=at, published_at=at,
    )  # fmt: skip


def customer(unit: OrgUnit, number: int, at: datetime, **fields: Any) -> Customer:
    """A customer with one contact whose address works."""
    row = Customer.objects.create(
        unit=unit, created_at=at,
        **{"code": f"{unit.code}-{number:04d}", "name": f"客户 {number}", "tier": "ABCD"[number % 4], "segment": ("price", "service")[number % 2],
           **fields},
    )  # fmt: skip
    Contact.objects.create(
        customer=row, name=f"联系人 {number}", email=f"c{number}.{unit.code}@example.org",
        phone=f"1380000{number:04d}", language=("zh-hans", "en")[number % 2],
    )  # fmt: skip
    return row


def wave(unit: OrgUnit, at: datetime, **fields: Any) -> Wave:
    """An open wave of TREE and QUESTIONNAIRE (override any field, e.g. state='draft')."""
    tree = fields.pop("tree_version", None) or tree_version(at)
    form = fields.pop("questionnaire_version", None) or questionnaire_version(at, tree)
    defaults: dict[str, Any] = {
        "code": f"w{Wave.objects.count() + 1}", "name": texts("第一轮", "First wave"), "series": "main",
        "state": "open", "opened_at": at, "created_at": at,
    }  # fmt: skip
    return Wave.objects.create(
        unit=unit, tree_version=tree, questionnaire_version=form, **{**defaults, **fields}
    )


def invitation(wave: Wave, customer: Customer, at: datetime, **fields: Any) -> Invitation:
    contact = customer.contacts.first()
    defaults: dict[str, Any] = {
        "unit": customer.unit, "tier": customer.tier, "segment": customer.segment, "contact": contact,
        "token": secrets.token_urlsafe(32), "language": contact.language if contact else "zh-hans",
        "state": "sent", "created_at": at, "sent_at": at,
    }  # fmt: skip
    return Invitation.objects.create(wave=wave, customer=customer, **{**defaults, **fields})


def complaint(unit: OrgUnit, owner: User, at: datetime, **particulars: Any) -> Complaint:
    """A complaint received by phone."""
    return cases.receive(
        Scope.system("test set-up"),
        unit=unit,
        first_contact_owner=owner,
        channel=particulars.pop("channel", Channel.PHONE),
        title=particulars.pop("title", "Bearing noisy after two weeks"),
        at=at,
        **particulars,
    )
