"""The mail that asks somebody to rate in a self-assessment."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from manyi.messaging.services import Mail
from manyi.standards.models import AssessmentRater

SUBJECT = {"zh": "请您参加客户导向自测：{round}", "en": "Please rate us: {round}"}
TEXT = {
    "zh": "{name}，您好！\n\n请您就四十句话打分，看看我们是否真正以客户为中心。大约需要十分钟，可以分几次填写，"
    "随填随存。\n\n请在 {day} 之前提交：\n{link}\n\n您的打分和意见只会与他人的合在一起公布，不会署名；只有提交了"
    "打分的人数达到三人才会出结果。",
    "en": "Dear {name},\n\nPlease rate forty statements that show how much we think of our customers. It takes about "
    "ten minutes, in several sittings if you like; everything is saved as you go.\n\nPlease submit by {day}:\n{link}\n\n"
    "Your ratings and comments are only shown together with those of others and without your name; there is no result "
    "below three raters.",
}


def reference(rater: AssessmentRater) -> str:
    return f"self-assessment:{rater.pk}"


def invitation(rater: AssessmentRater) -> Mail:
    """In the rater's language."""
    language = "en" if rater.user.language.startswith("en") else "zh"
    name = rater.assessment.name
    values = {
        "round": name.get(language) or str(rater.assessment),
        "name": rater.user.get_full_name(),
        "day": rater.assessment.closes_on.isoformat(),
        "link": f"{settings.BASE_URL}{reverse('assessment-sheet', args=[rater.assessment_id])}",
    }
    subject, text = SUBJECT[language], TEXT[language]
    for key, value in values.items():
        subject, text = subject.replace("{" + key + "}", value), text.replace("{" + key + "}", value)
    return Mail(reference(rater), rater.user.email, subject, text, "", {})
