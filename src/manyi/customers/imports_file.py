"""Lists of products in use and of orders: which column is what, and what each row says. Pure: no database."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from manyi.customers.faults import Fault
from manyi.warehouse.tabular import Table, plain_cell

#: kind of list → field → headers by which it is known, beside its own name.
FIELDS: dict[str, dict[str, tuple[str, ...]]] = {
    "products": {
        "customer": ("customer number", "customer no", "customer code", "customer id", "account", "客户编号", "客户编码", "客户代码", "客户号", "客户"),
        "model": ("product", "product name", "产品", "产品型号", "型号", "产品名称", "机型"),
        "serial": ("serial number", "serial no", "sn", "s/n", "序列号", "出厂编号", "机号", "产品编号"),
        "batch": ("lot", "batch number", "lot number", "批次", "批号", "生产批次"),
        "bought_on": ("bought on", "date of purchase", "purchase date", "delivery date", "购买日期", "交付日期", "发货日期", "购机日期"),
        "warranty_until": ("warranty until", "warranty end", "end of warranty", "保修期至", "保修截止", "质保期至", "保修到期日"),
    },
    "orders": {
        "customer": ("customer number", "customer no", "customer code", "customer id", "account", "客户编号", "客户编码", "客户代码", "客户号", "客户"),
        "number": ("order number", "order no", "order", "订单号", "订单编号", "单号", "退货单号"),
        "kind": ("type", "类型", "单据类型"),
        "at": ("date", "order date", "日期", "订单日期", "下单日期", "退货日期"),
        "product": ("product name", "model", "item", "产品", "产品名称", "型号", "品名"),
        "quantity": ("qty", "pieces", "数量"),
        "amount": ("total", "value", "price", "金额", "总金额", "订单金额", "价税合计"),
        "currency": ("币种", "货币"),
    },
}  # fmt: skip
REQUIRED = {"products": ("customer", "model"), "orders": ("customer", "number", "at")}
LIMITS = {"customer": 60, "model": 100, "serial": 60, "batch": 60, "number": 60, "product": 100}
_KINDS = {
    "order": ("order", "purchase", "订单", "采购", "销售"),
    "return": ("return", "credit", "退货", "退货单"),
}
_DAY = re.compile(r"^(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T].*)?$")


@dataclass(frozen=True, slots=True)
class Row:
    """One row: its number in the file, the customer's number, and the fields that were given."""

    number: int
    customer: str
    fields: dict[str, Any]


def _plain(header: str) -> str:
    return re.sub(r"[\s_\-.:：*（）()]+", "", header).casefold()


def columns(kind: str, names: Sequence[str]) -> dict[str, str]:
    """Field → column, by the headers in Chinese or English; each column and field is used once."""
    known = {_plain(alias): field for field, aliases in FIELDS[kind].items() for alias in (field, *aliases)}
    found: dict[str, str] = {}
    for name in names:
        field = known.get(_plain(name))
        if field is not None:
            found.setdefault(field, name)
    return found


def missing(kind: str, found: dict[str, str]) -> list[Fault]:
    """A fault for each column that must be there and is not, with the headers that would be understood."""
    faults = []
    for field in REQUIRED[kind]:
        if field not in found:
            known = FIELDS[kind][field]
            zh = [name for name in known if not name.isascii()]
            en = [name for name in known if name.isascii()] or [field]
            texts = {
                "zh": f"缺少必需的列，例如“{zh[0]}”。",
                "en": f"A column is missing that must be there, such as “{en[0]}”.",
            }
            faults.append(Fault(None, en[0], "", texts))
    return faults


def parse(kind: str, table: Table) -> tuple[list[Row], list[Fault]]:
    """What the rows say; every fault is listed, so that a person mends the file once."""
    found = columns(kind, table.names)
    faults = missing(kind, found)
    if faults:
        return [], faults
    cells = {field: table.texts(name) for field, name in found.items()}
    rows: list[Row] = []
    for i, number in enumerate(table.rows.tolist()):
        before = len(faults)
        values: dict[str, Any] = {}
        for field, column in cells.items():
            text = plain_cell(column[i].strip())
            try:
                values[field] = _value(kind, field, text)
            except _Wrong as wrong:
                faults.append(Fault(number, found[field], text[:80], wrong.texts))
        if len(faults) == before:
            customer = values.pop("customer")
            rows.append(Row(number, customer, {k: v for k, v in values.items() if v not in ("", None)}))
    return rows, faults


class _Wrong(Exception):
    def __init__(self, zh: str, en: str) -> None:
        self.texts = {"zh": zh, "en": en}
        super().__init__(en)


def _value(kind: str, field: str, text: str) -> Any:
    if not text:
        if field in REQUIRED[kind]:
            raise _Wrong("不能为空。", "This must not be empty.")
        return None
    if field in LIMITS and len(text) > LIMITS[field]:
        raise _Wrong(f"超过 {LIMITS[field]} 个字符。", f"Longer than {LIMITS[field]} characters.")
    if field in ("bought_on", "warranty_until"):
        return _day(text)
    if field == "at":
        day = _day(text)
        return datetime(day.year, day.month, day.day)
    if field in ("quantity", "amount"):
        return _number(text, 3 if field == "quantity" else 2)
    if field == "currency":
        if not re.fullmatch(r"[A-Za-z]{3}", text):
            raise _Wrong("币种应为三个字母，例如 CNY。", "Write a currency as three letters, such as CNY.")
        return text.upper()
    if field == "kind" and kind == "orders":
        for value, words in _KINDS.items():
            if text.casefold() in words:
                return value
        raise _Wrong("无法识别，请填“订单”或“退货”。", "Not known; use order or return.")
    return text


def _day(text: str) -> date:
    match = _DAY.match(text)
    try:
        if match is None:
            raise ValueError
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        raise _Wrong(
            "日期无法识别，请按 2026-03-31 的格式填写。", "This is no date; write it as 2026-03-31."
        ) from None


def _number(text: str, decimals: int) -> Decimal:
    try:
        value = Decimal(text.replace(",", "").replace("，", "").lstrip("¥￥$€"))
    except InvalidOperation:
        raise _Wrong("不是数字。", "This is no number.") from None
    if not value.is_finite() or not 0 <= value < 10**11:
        raise _Wrong("数字应在 0 到一千亿之间。", "The number must lie between 0 and 100 billion.")
    return round(value, decimals)
