"""What staff get into their hands: slips to cut out (PDF), or a mail."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from weasyprint import HTML

from manyi.charts.render import FONTS
from manyi.surveys import letters, qr
from manyi.surveys.models import StaffSurvey

SUBJECT = {
    "zh": "{organisation}员工匿名调查（约 {minutes} 分钟）",
    "en": "{organisation}: anonymous staff survey (about {minutes} min)",
}
TEXT = {
    "zh": "您好！\n\n我们想知道您在这里工作的真实感受，并据此改进。填写大约需要 {minutes} 分钟：\n\n{link}\n\n"
    "这个链接只能填写一次。答卷不与任何人或链接相关联，也不记录时间；少于 {minimum} 人的结果不会显示。"
    "结果在调查结束后一次生成，随后删除全部单份答卷。\n\n{organisation}",
    "en": "Hello,\n\nwe would like to know how you really find working here, and mend what is amiss. It takes about"
    " {minutes} minutes:\n\n{link}\n\nThis link is good for one answer. Your answer is stored apart from any person"
    " or link, and without a time; results of fewer than {minimum} people are not shown. The results are made once,"
    " after the survey has closed; then every single answer is deleted.\n\n{organisation}",
}


def address(secret: str) -> str:
    return f"{settings.BASE_URL}{reverse('staff-respond', args=[secret])}"


def letter(
    survey: StaffSurvey, secret: str, *, organisation: Mapping[str, str], minimum: int, language: str
) -> tuple[str, str]:
    """Subject and text of the mail with one slip in it."""
    language = language if language in TEXT else "zh"
    values = {
        "organisation": organisation.get(language) or next(iter(organisation.values()), ""),
        "minutes": str(letters.minutes(survey.questionnaire_version.definition)),
        "minimum": str(minimum),
        "link": address(secret),
    }
    return SUBJECT[language].format_map(values), TEXT[language].format_map(values)


def sheet(
    survey: StaffSurvey, unit: Mapping[str, str], secrets: Sequence[str], *, organisation: Mapping[str, str], minimum: int
) -> bytes:  # fmt: skip
    """A4 pages of eight slips each, in both languages, as PDF. The unit stands on the first page's edge only, so
    that slips of one unit do not differ.
    """
    html = render_to_string(
        "surveys/staff/slips.html",
        {
            "slips": [(qr.inline(address(secret)), address(secret)) for secret in secrets],
            "organisation": organisation,
            "unit": unit,
            "name": survey.name,
            "minimum": minimum,
            "minutes": letters.minutes(survey.questionnaire_version.definition),
            "fonts": {weight: path.as_uri() for weight, path in FONTS.items() if path.exists()},
        },
    )
    return bytes(HTML(string=html).write_pdf())
