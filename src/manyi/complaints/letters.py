"""Decision letters: filling in a template, and the letters a deployment starts with. Pure.

A template's `{{ name }}` stands for one of PLACES; spaces inside the braces do not matter.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

#: What a template may hold → what it is, for people.
PLACES: dict[str, str | Promise] = {
    "number": _("Case number"),
    "complainant": _("Complainant"),
    "customer": _("Customer"),
    "title": _("What happened, in one line"),
    "product": _("Product"),
    "order_number": _("Order number"),
    "received": _("Received"),
    "resolution": _("Resolution"),
    "remedy": _("What we offer"),
    "amount": _("Amount"),
    "today": _("Date of the letter"),
    "signer": _("Who signs"),
    "organisation": _("Organisation"),
}
_PLACE = re.compile(r"\{\{\s*(\w+)\s*\}\}")


def unknown_places(text: str) -> list[str]:
    """Names in the text that stand for nothing."""
    return sorted({name for name in _PLACE.findall(text) if name not in PLACES})


def fill(text: str, values: Mapping[str, str]) -> str:
    """The text with every place filled; a place without a value is left empty, and a line that held nothing but
    such places goes.
    """
    lines = []
    for line in text.splitlines():
        names = _PLACE.findall(line)
        if names and not any(values.get(n) for n in names) and not _PLACE.sub("", line).strip(" ：:，,。."):
            continue
        lines.append(_PLACE.sub(lambda found: values.get(found[1], ""), line))
    return "\n".join(lines)


SHIPPED: tuple[dict[str, object], ...] = (
    {
        "code": "accepted",
        "name": {"zh": "投诉成立：处理决定", "en": "Complaint upheld: our decision"},
        "subject": {
            "zh": "关于您的投诉 {{ number }} 的处理决定",
            "en": "Our decision on your complaint {{ number }}",
        },
        "body": {
            "zh": (
                "尊敬的{{ complainant }}：\n\n您于{{ received }}向我们反映“{{ title }}”。我们已经查明情况，您的投诉成立。"
                "给您带来不便，我们诚恳致歉。\n\n我们的处理决定如下：\n{{ resolution }}\n{{ remedy }}\n{{ amount }}\n\n"
                "如您对处理结果仍有异议，请回复本邮件或在进度查询页面留言，我们会继续处理。\n\n此致\n敬礼\n\n"
                "{{ organisation }}\n{{ signer }}\n{{ today }}"
            ),
            "en": (
                "Dear {{ complainant }},\n\nOn {{ received }} you told us: “{{ title }}”. We have looked into it, and you "
                "are right to complain. We are sorry for the trouble this has caused you.\n\nThis is what we do:\n"
                "{{ resolution }}\n{{ remedy }}\n{{ amount }}\n\nIf you do not agree with this decision, answer this letter or "
                "write to us on your complaint’s page, and we go on.\n\nYours sincerely\n\n{{ signer }}\n"
                "{{ organisation }}\n{{ today }}"
            ),
        },
    },
    {
        "code": "not-accepted",
        "name": {"zh": "投诉不成立：说明", "en": "Complaint not upheld: our reasons"},
        "subject": {
            "zh": "关于您的投诉 {{ number }} 的答复",
            "en": "Our answer to your complaint {{ number }}",
        },
        "body": {
            "zh": (
                "尊敬的{{ complainant }}：\n\n您于{{ received }}向我们反映“{{ title }}”。我们认真核查了情况，"
                "很遗憾，无法支持您的诉求，理由如下：\n\n{{ resolution }}\n\n如果您掌握新的情况，或对答复有异议，"
                "请与我们联系，我们会重新核查。您也可以向消费者权益保护组织或有关主管部门反映。\n\n此致\n敬礼\n\n"
                "{{ organisation }}\n{{ signer }}\n{{ today }}"
            ),
            "en": (
                "Dear {{ complainant }},\n\nOn {{ received }} you told us: “{{ title }}”. We have looked into it carefully. "
                "We are sorry that we cannot do what you ask, for these reasons:\n\n{{ resolution }}\n\nIf you know "
                "something we do not, or do not agree, please tell us and we look again. You may also turn to a "
                "consumer association or the authority in charge.\n\nYours sincerely\n\n{{ signer }}\n"
                "{{ organisation }}\n{{ today }}"
            ),
        },
    },
)
