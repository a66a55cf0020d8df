"""Customer lists from a table: which column is what, and what each row says.

The mapping is `{"columns": {field: column}, "attributes": [column, …]}`; fields are those of
FIELDS. `doubles` may name columns for which a person chose a field that another column has already. Rows with the same customer number describe one customer with several contacts.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from manyi.customers.faults import Fault
from manyi.warehouse.tabular import Table, plain_cell

#: Field → headers by which it is guessed, beside its own name.
FIELDS: dict[str, tuple[str, ...]] = {
    "code": (
        "customer number", "customer no", "customer id", "customer code", "number", "id", "account", "no",
        "客户编号", "客户编码", "客户代码", "客户号", "顾客编号", "会员号", "编号", "编码", "代码",
    ),
    "name": (
        "customer", "customer name", "company", "company name", "organisation", "organization",
        "客户名称", "客户", "顾客", "名称", "公司", "公司名称", "单位名称", "业主", "企业名称",
    ),
    "kind": ("type", "customer type", "类型", "客户类型", "性质"),
    "unit": (
        "org unit", "branch", "department", "office", "unit code", "组织单元", "部门", "分公司", "所属部门", "所属单位",
        "区域公司", "项目",
    ),
    "tier": ("level", "grade", "class", "等级", "客户等级", "级别", "客户级别"),
    "segment": ("customer segment", "group", "细分", "客户细分", "分类", "客户分类", "客群", "群体"),
    "industry": ("sector", "行业", "所属行业"),
    "region": ("area", "province", "city", "地区", "区域", "省份", "城市", "所在地"),
    "active": ("is active", "status", "状态", "是否有效", "有效", "在用"),
    "contact": ("contact name", "contact person", "联系人", "联系人姓名", "姓名"),
    "email": ("e-mail", "mail", "email address", "邮箱", "电子邮箱", "邮件", "电子邮件", "邮箱地址"),
    "phone": ("mobile", "telephone", "phone number", "tel", "cell", "手机", "手机号", "电话", "联系电话", "手机号码"),
    "language": ("lang", "语言", "语种"),
    "opted_out": ("opt out", "unsubscribed", "退订", "退订日期", "拒绝调查"),
}  # fmt: skip
REQUIRED = ("code", "name")
LIMITS = {
    "code": 60, "name": 200, "segment": 60, "industry": 60, "region": 60, "contact": 100, "email": 254, "phone": 40,
}  # fmt: skip
_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    "kind": {
        "organisation": ("organisation", "organization", "company", "b", "企业", "公司", "组织", "单位", "机构"),
        "person": ("person", "individual", "private", "p", "c", "个人", "自然人"),
    },
    "tier": {letter: (letter.lower(), f"{letter.lower()}级", f"{letter.lower()}类") for letter in "ABCD"},
    "active": {
        "yes": ("yes", "y", "true", "1", "active", "是", "有效", "在用", "正常"),
        "no": ("no", "n", "false", "0", "inactive", "closed", "否", "无效", "停用", "流失"),
    },
    "language": {
        "zh-hans": ("zh-hans", "zh", "zh-cn", "cn", "chinese", "中文", "汉语", "简体中文"),
        "en": ("en", "english", "英文", "英语"),
    },
}  # fmt: skip
_EMAIL = re.compile(r"^[^@\s<>\"',;:\\()\[\]]{1,64}@(?:[\w](?:[\w-]{0,61}[\w])?\.)+[^\W\d_]{2,63}$")
_PHONE = re.compile(r"^[+\d][\d\s().\-/#x]{2,39}$", re.I)


@dataclass(slots=True)
class Record:
    """One customer of the file. `fields` are those given, `contacts` their name, email, phone, language."""

    row: int
    code: str
    fields: dict[str, Any]
    contacts: list[dict[str, Any]] = field(default_factory=list)


def _plain(header: str) -> str:
    return re.sub(r"[\s_\-.:：*（）()/]+", "", header).casefold()


_KNOWN = {_plain(alias): name for name, aliases in FIELDS.items() for alias in (name, *aliases)}


def guess(names: Sequence[str]) -> dict[str, Any]:
    """The mapping by headers (Chinese or English); each column and each field is used once."""
    columns: dict[str, str] = {}
    for name in names:
        found = _KNOWN.get(_plain(name))
        if found and found not in columns:
            columns[found] = name
    return {"columns": columns, "attributes": []}


def check_mapping(mapping: Mapping[str, Any], names: Sequence[str]) -> list[Fault]:
    """What is wrong with a mapping for a table with these columns."""
    columns, attributes = dict(mapping.get("columns", {})), list(mapping.get("attributes", []))
    faults = []
    for name in REQUIRED:
        if not columns.get(name):
            faults.append(
                Fault(None, name, "", {"zh": "请指定客户编号列和客户名称列。", "en": "Choose the columns of customer number and name."})
            )  # fmt: skip
            break
    used = [c for c in columns.values() if c] + attributes
    faults += [
        Fault(None, c, "", {"zh": f"文件中没有“{c}”列。", "en": f"The file has no column “{c}”."})
        for c in used if c not in names
    ]  # fmt: skip
    faults += [
        Fault(None, c, "", {"zh": f"“{c}”列被用了两次。", "en": f"Column “{c}” is used twice."})
        for c in sorted({c for c in used if used.count(c) > 1})
    ]  # fmt: skip
    faults += [
        Fault(None, c, "", {"zh": f"“{c}”列的含义已指定给另一列。", "en": f"Another column means the same as “{c}”."})
        for c in mapping.get("doubles", [])
    ]  # fmt: skip
    if len(attributes) > 50:
        faults.append(Fault(None, "", "", {"zh": "其他属性最多 50 列。", "en": "At most 50 columns can be kept as other attributes."}))  # fmt: skip
    return faults


def parse(
    table: Table, mapping: Mapping[str, Any], *, units: Mapping[str, int]
) -> tuple[list[Record], list[Fault]]:
    """What the rows say. `units`: code or name of an org unit (casefolded) → its id.

    Every fault is listed, so that a person mends the file once.
    """
    columns = {f: c for f, c in mapping["columns"].items() if c}
    cells = {f: table.texts(c) for f, c in columns.items()}
    extra = {name: table.texts(name) for name in mapping.get("attributes", [])}
    records: dict[str, Record] = {}
    faults: list[Fault] = []
    for i, number in enumerate(table.rows.tolist()):
        before = len(faults)
        given = {f: plain_cell(values[i].strip()) for f, values in cells.items()}

        def fault(name: str, zh: str, en: str, row: int = number, given: dict[str, str] = given) -> None:
            faults.append(Fault(row, columns[name], given[name][:80], {"zh": zh, "en": en}))

        values = {name: _value(name, text, units, fault) for name, text in given.items()}
        if len(faults) > before:
            continue
        fields = {
            name: values[name]
            for name in ("name", "kind", "unit", "tier", "segment", "industry", "region", "active")
            if name in values and (given[name] or name in ("tier", "segment", "industry", "region"))
        }
        if extra:
            fields["attributes"] = {name: texts[i][:200] for name, texts in extra.items() if texts[i]}
        code = values["code"]
        record = records.setdefault(code, Record(number, code, fields))
        if record.row != number and record.fields != fields:
            fault(
                "code",
                f"同一客户编号在第 {record.row} 行已出现，但客户资料不同。",
                f"The same number stands in row {record.row} with other particulars.",
            )
            continue
        if any(given.get(name) for name in ("contact", "email", "phone")):
            record.contacts.append(
                {
                    "name": given.get("contact") or values["name"][:100],
                    "email": given.get("email", ""),
                    "phone": given.get("phone", ""),
                    "language": values.get("language") or "",
                    "opted_out": bool(values.get("opted_out")),
                }
            )
    return list(records.values()), faults


def _value(name: str, text: str, units: Mapping[str, int], fault: Any) -> Any:
    if not text:
        if name in REQUIRED:
            fault(name, "不能为空。", "This must not be empty.")
        return ""
    if name in LIMITS and len(text) > LIMITS[name]:
        fault(name, f"超过 {LIMITS[name]} 个字符。", f"Longer than {LIMITS[name]} characters.")
    elif name in _WORDS:
        for value, words in _WORDS[name].items():
            if text.casefold() in words:
                return value == "yes" if name == "active" else value
        known = " / ".join(_WORDS[name])
        fault(name, f"无法识别，可用的值：{known}。", f"Not known; use {known}.")
    elif name == "unit":
        if text.casefold() in units:
            return units[text.casefold()]
        fault(
            name, "没有这个组织单元，或您无权管理它。", "There is no such org unit, or you may not edit it."
        )
    elif name == "email" and not _EMAIL.match(text):
        fault(name, "不是有效的邮箱地址。", "This is no e-mail address.")
    elif name == "phone" and not _PHONE.match(text):
        fault(name, "不是有效的电话号码。", "This is no phone number.")
    elif name == "opted_out":
        return text.casefold() not in _WORDS["active"]["no"]
    return text
