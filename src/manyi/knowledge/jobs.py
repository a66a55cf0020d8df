"""Background work on standard answers."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.timezone import now  # noqa: TID251
from django.utils.translation import gettext as _

from manyi.knowledge.models import AnswerVersion
from manyi.knowledge.queries import due_reviews
from manyi.messaging.services import queue_mail
from manyi.scope import Scope
from manyi.web.templatetags.web import localised


def remind_reviews() -> int:
    """Clock: one mail to the reviewer of each answer whose review is due; once for each day it was set to."""
    at = now()
    sent = 0
    for answer in due_reviews(timezone.localdate(at)):
        reviewer = answer.reviewer
        if reviewer is None or not reviewer.email:
            continue
        version = answer.versions.get(state=AnswerVersion.State.PUBLISHED)
        with translation.override(reviewer.language):
            title = localised(version.title)
            queue_mail(
                Scope.system("review of standard answers"),
                reference=f"answer:{answer.pk}:review:{answer.review_on}",
                to=reviewer.email,
                subject=_("Please review: %(title)s") % {"title": title},
                text=_(
                    "The standard answer “%(title)s” was to be reviewed on %(day)s. If it is still right, say so "
                    "there; otherwise change it:\n\n%(link)s"
                )
                % {
                    "title": title,
                    "day": answer.review_on,
                    "link": settings.BASE_URL + reverse("standard-answer", args=[answer.pk]),
                },
                not_before=at,
                at=at,
            )
        sent += 1
    return sent
