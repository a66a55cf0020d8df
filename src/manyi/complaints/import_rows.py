"""From the rows of another system's list to complaints: which column means what, and what is wrong in a row. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, tzinfo
from typing import Any

from manyi.customers.faults import Fault
from manyi.warehouse.tabular import Table

#: Field → names of columns that are taken for it, folded.
KNOWN_NAMES: dict[str, tuple[str, ...]] = {
    "external_id": ("complaint id", "id", "number", "case number", "投诉编号", "编号", "工单号"),
    "received_at": (
        "date received",
        "received",
        "received at",
        "opened at",
        "受理时间",
        "投诉日期",
        "受理日期",
    ),
    "closed_at": ("closed at", "closed", "date closed", "关闭时间"),
    "title": ("title", "subject", "summary", "标题", "主题"),
    "description": ("consumer complaint narrative", "narrative", "description", "描述", "投诉内容"),
    "category": ("issue", "category", "类别", "投诉类别"),
    "subcategory": ("sub-issue", "subcategory", "子类别"),
    "product": ("product", "产品"),
    "channel": ("submitted via", "channel", "渠道"),
    "outcome": ("company response to consumer", "status", "state of case", "处理状态"),
    "timely": ("timely response?", "timely", "是否及时"),
    "customer": ("customer number", "customer code", "客户编号"),
    "complainant": ("complainant", "name", "投诉人"),
    "phone": ("phone", "电话"),
    "email": ("email", "e-mail", "邮箱"),
    "serial": ("serial", "serial number", "序列号"),
    "order_number": ("order number", "订单号"),
    "severity": ("severity", "priority", "严重程度"),
}
FIELDS = tuple(KNOWN_NAMES)
LIMITS = {
    "external_id": 100, "title": 200, "product": 100, "complainant": 100, "phone": 40, "email": 254, "serial": 60,
    "order_number": 60, "category": 100, "subcategory": 100,
}  # fmt: skip
_CHANNELS = {
    "web": "web", "phone": "phone", "email": "mail", "e-mail": "mail", "网站": "web", "电话": "phone", "邮件": "mail",
    "counter": "counter", "柜台": "counter", "dealer": "dealer", "经销商": "dealer",
}  # fmt: skip
_SEVERITIES = {
    "urgent": "urgent", "紧急": "urgent", "high": "major", "major": "major", "重大": "major", "1": "urgent", "2": "major",
}  # fmt: skip
_OPEN_WORDS = ("in progress", "open", "new", "working", "pending", "处理中", "未关闭")
_FORMS = ("%Y/%m/%d", "%m/%d/%Y", "%Y-%m-%d %H:%M:%S", "%Y/%m/%d %H:%M", "%d.%m.%Y")
_HAN = re.compile(r"[\u4e00-\u9fff]")
NO = ("no", "n", "false", "0", "否")


@dataclass
class Row:
    """One complaint to be: fields of the model, and what has to be looked up for it."""

    row: int
    external_id: str
    fields: dict[str, Any]
    received_at: datetime
    category: tuple[str, ...] = ()
    customer: str = ""
    late: bool = False


@dataclass
class Parsed:
    rows: list[Row] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)


def guess(names: Sequence[str]) -> dict[str, str]:
    """Field → column, by the columns' names."""
    folded = {name.strip().casefold(): name for name in reversed(names)}
    found: dict[str, str] = {}
    for wanted, known in KNOWN_NAMES.items():
        for name in known:
            if name in folded and folded[name] not in found.values():
                found[wanted] = folded[name]
                break
    return found


def check(mapping: Mapping[str, str], names: Sequence[str]) -> list[Fault]:
    """What stands against a mapping as a whole."""
    faults = [
        Fault(None, column, "", {"zh": "文件中没有这一列。", "en": "The file has no such column."})
        for column in mapping.values()
        if column not in names
    ]
    if "received_at" not in mapping:
        faults.append(
            Fault(
                None,
                "",
                "",
                {"zh": "请指明哪一列是受理时间。", "en": "Say which column holds the time of receipt."},
            )
        )
    if not {"title", "category", "description"} & set(mapping):
        texts = {
            "zh": "请指明标题、类别或描述所在的列。",
            "en": "Say which column holds the title, the category or the description.",
        }
        faults.append(Fault(None, "", "", texts))
    return faults


def moment(text: str, zone: tzinfo) -> datetime | None:
    """A day or moment as lists write it; without a zone it is local."""
    found = None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        for form in _FORMS:
            try:
                found = datetime.strptime(text, form)
            except ValueError:
                continue
            break
    if found is None or not 1900 < found.year < 2200:
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone)


def parse(table: Table, mapping: Mapping[str, str], *, zone: tzinfo, at: datetime) -> Parsed:
    """Every row by itself: it becomes a complaint, or a fault says why not."""
    columns = {name: table.texts(column) for name, column in mapping.items()}
    found, seen = Parsed(), set[str]()
    for i, number in enumerate(table.rows.tolist()):
        given = {name: texts[i].strip() for name, texts in columns.items()}
        faults: list[Fault] = []

        def fault(name: str, zh: str, en: str, number: int = number, given: dict[str, str] = given, faults: list[Fault] = faults) -> None:  # fmt: skip
            faults.append(
                Fault(number, mapping.get(name, name), given.get(name, "")[:80], {"zh": zh, "en": en})
            )

        received = moment(given["received_at"], zone)
        if received is None:
            fault("received_at", "不是日期。", "This is no date.")
        elif received > at:
            fault("received_at", "受理时间在将来。", "The time of receipt lies in the future.")
        closed = moment(given["closed_at"], zone) if given.get("closed_at") else None
        if given.get("closed_at") and closed is None:
            fault("closed_at", "不是日期。", "This is no date.")
        if closed and received and closed < received:
            fault("closed_at", "关闭早于受理。", "It was closed before it was received.")
        for name, limit in LIMITS.items():
            if name != "title" and len(given.get(name, "")) > limit:
                fault(name, f"超过 {limit} 个字符。", f"Longer than {limit} characters.")
        key = given.get("external_id") or f"#{number}"
        if key in seen:
            fault("external_id", "编号在文件中重复。", "The number stands in the file twice.")
        names = ("title", "subcategory", "category", "description", "product")
        title = next((given[name] for name in names if given.get(name)), "")[:200]
        if not title:
            fault(
                "title",
                "没有标题、类别、描述或产品。",
                "There is neither title, category, description nor product.",
            )
        if faults or received is None:
            found.faults += faults
            continue
        seen.add(key)
        found.rows.append(_row(number, key, title, given, received, closed))
    return found


def _row(
    number: int, key: str, title: str, given: Mapping[str, str], received: datetime, closed: datetime | None
) -> Row:
    outcome = given.get("outcome", "")
    is_open = closed is None and (not outcome or outcome.casefold().startswith(_OPEN_WORDS))
    text = title + given.get("description", "")
    fields: dict[str, Any] = {
        "title": " ".join(title.split()), "description": given.get("description", ""),
        "product": given.get("product", ""), "complainant": given.get("complainant", ""),
        "phone": given.get("phone", ""), "email": given.get("email", ""), "serial": given.get("serial", ""),
        "order_number": given.get("order_number", ""), "resolution": "" if is_open else outcome,
        "channel": _CHANNELS.get(given.get("channel", "").casefold(), "import"),
        "severity": _SEVERITIES.get(given.get("severity", "").casefold(), "ordinary"),
        "language": "zh-hans" if _HAN.search(text) else "en", "state": "working" if is_open else "closed",
        "closings": 0 if is_open else 1, "resolved_at": closed, "closed_at": closed,
    }  # fmt: skip
    category = tuple(name for name in (given.get("category", ""), given.get("subcategory", "")) if name)
    late = given.get("timely", "").casefold() in NO
    return Row(number, key, fields, received.astimezone(UTC), category, given.get("customer", ""), late)
