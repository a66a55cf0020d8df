"""The mails of a wave: placeholders filled in, as text and as HTML, in the contact's language."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from django.template.loader import render_to_string
from django.utils.translation import get_language, override

from manyi.messaging.services import Mail
from manyi.people.models import Organisation, OrgUnit
from manyi.surveys import links, news, questionnaire
from manyi.surveys.models import Invitation, Wave

NEWS = "{news}"  # stands for what changed since last time
PLACEHOLDERS = ("contact", "customer", "organisation", "link", "minutes", "news")
SECONDS_PER_ANSWER = 8

SUBJECT = {
    "zh": "{organisation}邀请您评价我们的服务（约 {minutes} 分钟）",
    "en": "{organisation} would like your opinion (about {minutes} min)",
}
REMINDER = {"zh": "提醒：", "en": "Reminder: "}
MESSAGE = {
    "zh": "{contact}，您好！\n\n感谢{customer}一直以来的信任。我们想知道哪些地方做得好、哪些地方让您不满意，"
    "并据此改进。填写大约需要 {minutes} 分钟。\n\n{link}\n\n谢谢您的时间。\n{organisation}",
    "en": "Dear {contact},\n\nthank you for the trust of {customer}. We would like to know what we do well and "
    "where we let you down, and mend it. It takes about {minutes} minutes.\n\n{link}\n\n"
    "Thank you for your time.\n{organisation}",
}


def minutes(version_definition: Mapping[str, object]) -> int:
    """Whole minutes a respondent needs, at least 1: SECONDS_PER_ANSWER for each answer column."""
    return max(1, ceil(len(questionnaire.parse(version_definition).columns()) * SECONDS_PER_ANSWER / 60))


def offered(unit: OrgUnit | None) -> dict[str, str]:
    """The usual message of a new wave; with what changed since last time where the unit has something to tell."""
    told = unit is not None and bool(news.since_last_time(unit, "zh") or news.since_last_time(unit, "en"))
    return {k: text.replace("{link}", NEWS + "\n\n{link}") if told else text for k, text in MESSAGE.items()}


def fill(template: str, values: Mapping[str, str]) -> str:
    """Replace `{name}` for the known names only; anything else in braces stays as it was written."""
    for name in PLACEHOLDERS:
        template = template.replace("{" + name + "}", values.get(name, ""))
    return template


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _text_in(texts: Mapping[str, str], defaults: Mapping[str, str], language: str) -> str:
    return texts.get(language) or defaults[language]


def compose(
    invitation: Invitation,
    wave: Wave,
    *,
    organisation: Organisation,
    about: int,
    reference: str,
    reminder: bool,
) -> Mail:
    """The invitation or a reminder of it. `about` is the number of minutes; contact and customer are loaded.

    List-Unsubscribe with one click follows RFC 8058.
    """
    assert invitation.contact is not None  # noqa: S101
    language = "zh" if invitation.language.startswith("zh") else "en"
    name = organisation.name.get(language) or str(organisation)
    values = {
        "contact": _one_line(invitation.contact.name),
        "customer": _one_line(invitation.customer.name),
        "organisation": _one_line(name),
        "minutes": str(about),
        "link": links.personal(invitation.token),
    }
    subject = _one_line(fill(_text_in(wave.subject, SUBJECT, language), values))
    if reminder:
        subject = REMINDER[language] + subject
    message = _text_in(wave.message, MESSAGE, language)
    values["news"] = news.since_last_time(wave.unit, language) if NEWS in message else ""
    if not values["news"]:
        message = message.replace(NEWS + "\n\n", "")
    if "{link}" not in message:
        message += "\n\n{link}"
    # The button takes the place of the link; the text before and after it stays as it was written.
    before, _, after = message.partition("{link}")
    leave = links.opt_out(invitation.token)
    context = {
        "subject": subject,
        "before": fill(before, values).strip(),
        "after": fill(after, values).strip(),
        "text": fill(message, values).strip(),
        "link": values["link"],
        "opt_out": leave,
        "organisation": name,
        "postal_address": organisation.postal_address,
        "anonymous": wave.anonymous,
        "language": invitation.language,
    }
    with override(invitation.language if invitation.language else get_language()):
        text = render_to_string("surveys/mail/invitation.txt", context)
        html = render_to_string("surveys/mail/invitation.html", context)
    return Mail(
        reference=reference,
        to=invitation.contact.email,
        subject=subject,
        text=text,
        html=html,
        headers={
            "List-Unsubscribe": f"<{leave}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
