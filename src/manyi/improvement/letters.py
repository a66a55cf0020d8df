"""The mail to somebody who raised what has changed since: their own words, and what we did."""

from __future__ import annotations

from django.conf import settings
from django.urls import reverse

from manyi.improvement.models import Receipt
from manyi.messaging.services import Mail
from manyi.people.models import Organisation

SUBJECT = {"zh": "您反映的问题，我们改了", "en": "You told us, and this has changed"}
TEXT = {
    "zh": "{name}，您好！\n\n{said}\n\n我们做了什么：\n{did}\n\n现在好些了吗？请点开下面的页面告诉我们（只需点一下）：\n{link}\n\n"
    "谢谢您愿意开口。\n{organisation}",
    "en": "Dear {name},\n\n{said}\n\nWhat we did:\n{did}\n\nIs it better now? Please tell us on this page "
    "(one click):\n{link}\n\nThank you for speaking up.\n{organisation}",
}
WORDS = {"zh": "您曾对我们说：\n“{words}”", "en": "You told us:\n“{words}”"}
TOPIC = {"zh": "您和其他客户曾反映：\n{said}", "en": "You and other customers told us:\n{said}"}


def address(receipt: Receipt) -> str:
    return f"{settings.BASE_URL}{reverse('news', args=[receipt.key])}"


AGAIN = {"zh": "想再请教您：", "en": "May we ask again: "}


def news(receipt: Receipt, name: str, organisation: Organisation, *, again: bool = False) -> Mail:
    """The mail of one receipt, in its language, or the second one that asks `again`; its reference makes queuing it
    twice harmless.
    """
    language = "en" if receipt.language.startswith("en") else "zh"
    announcement = receipt.announcement

    def text(field: dict[str, str]) -> str:
        return field.get(language) or next(iter(field.values()), "")

    said = (
        WORDS[language].replace("{words}", receipt.words)
        if receipt.words
        else TOPIC[language].replace("{said}", text(announcement.you_said))
    )
    values = {
        "name": name, "said": said, "did": text(announcement.we_did), "link": address(receipt),
        "organisation": organisation.name.get(language) or str(organisation),
    }  # fmt: skip
    body = TEXT[language]
    for key, value in values.items():
        body = body.replace("{" + key + "}", value)
    subject = AGAIN[language] + SUBJECT[language] if again else SUBJECT[language]
    return Mail(f"news:{receipt.pk}{':again' if again else ''}", receipt.email, subject, body, "", {})
