"""Mails about mystery visits: to the visitor when one is assigned, to the unit's managers when it is published."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from manyi.messaging.services import Mail, queue_mails
from manyi.people.models import User
from manyi.people.rights import ROLES
from manyi.scope import Scope
from manyi.standards.models import MysteryVisit

#: The mail to the visitor names neither unit nor scenario: a mail is read over shoulders.
ASSIGNED = {
    "zh": (
        "请您完成一次神秘客户暗访",
        "您好！\n\n请您在 {first} 至 {last} 之间完成一次神秘客户暗访。登录后可查看地点、要扮演的角色和检查表：\n{link}\n\n请勿转发本邮件。",
    ),
    "en": (
        "Please make a mystery visit",
        "Hello,\n\nplease make a mystery visit between {first} and {last}. Where to go, which part to play and what to "
        "look at is shown after signing in:\n{link}\n\nPlease do not forward this mail.",
    ),
}
PUBLISHED = {
    "zh": (
        "神秘客户暗访结果已公布",
        "您好！\n\n贵单位一次神秘客户暗访的结果已公布：\n{link}\n\n如有异议，请在 {until} 前逐项说明理由并申诉。",
    ),
    "en": (
        "The result of a mystery visit is there",
        "Hello,\n\nthe result of a mystery visit to your unit has been published:\n{link}\n\nIf you disagree, you can "
        "appeal until {until}, with a reason for each check.",
    ),
}


def local_day(moment: datetime) -> date:
    return timezone.localtime(moment).date()


def _mail(row: MysteryVisit, person: User, texts: dict[str, tuple[str, str]], what: str) -> Mail:
    subject, text = texts["en" if person.language == "en" else "zh"]
    until = row.appeal_until
    values = {
        "first": row.starts_on.isoformat(),
        "last": row.ends_on.isoformat(),
        "until": local_day(until).isoformat() if until else "",
        "link": f"{settings.BASE_URL}{reverse('visit', args=[row.key])}",
    }
    return Mail(f"visit:{what}:{row.key}:{person.pk}", person.email, subject, text.format(**values))


def assigned(scope: Scope, row: MysteryVisit, *, at: datetime) -> None:
    """To the visitor alone."""
    if row.visitor.email:
        queue_mails(scope, mails=[_mail(row, row.visitor, ASSIGNED, "assigned")], not_before=at, at=at)


def published(scope: Scope, row: MysteryVisit, *, at: datetime) -> None:
    """To those who set standards at the unit itself."""
    roles = [role for role, rights in ROLES.items() if "standards.edit" in rights]
    people = User.objects.filter(is_active=True, memberships__unit=row.unit, memberships__role__in=roles)
    mails = [_mail(row, person, PUBLISHED, "published") for person in people.distinct() if person.email]
    queue_mails(scope, mails=mails, not_before=at, at=at)
