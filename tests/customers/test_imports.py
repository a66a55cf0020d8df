"""Customer lists come in as a whole or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from manyi.customers import imports, queries, services_imports
from manyi.customers.models import Contact, Customer, CustomerImport
from manyi.events.models import Event, Job
from manyi.scope import NotAllowed
from manyi.warehouse.tabular import read_table, write_csv
from tests import factories
from tests.conftest import Cast

LIST = """客户编号,客户名称,部门,客户等级,联系人,邮箱,手机号,语言
K1,甲公司,东区,A,张三,zhang@example.cn,138 0000 0001,中文
K2,乙公司,西区,b级,李四,li@example.cn,,英文
K1,甲公司,东区,A,王五,,0571-8888,
"""


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


def upload(cast: Cast, at: datetime, text: str = LIST, who: str = "manager", codec: str = "utf-8") -> CustomerImport:  # fmt: skip
    unit = cast.group if who == "manager" else cast.east
    return services_imports.upload(
        cast.scope(who), data=text.encode(codec), name="客户.csv", unit=unit, at=at
    )


@pytest.mark.parametrize(
    "header",
    [
        "Customer No.,Customer Name,Branch,Level,Contact Person,E-Mail,Mobile,Language",
        "客户编码,客户,所属部门,等级,联系人姓名,电子邮箱,联系电话,语种",
    ],
)
def test_headers_are_guessed_in_both_languages(header: str) -> None:
    names = header.split(",")
    assert imports.guess(names)["columns"] == dict(
        zip(
            ("code", "name", "unit", "tier", "contact", "email", "phone", "language"),
            names,
            strict=True,
        )
    )


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_a_list_is_imported_with_several_contacts_per_customer(
    codec: str, cast: Cast, at: datetime, run_jobs: Callable[[], int]
) -> None:
    row = upload(cast, at, codec=codec)
    job = services_imports.start(cast.scope("manager"), row=row, at=at)
    run_jobs()
    job.refresh_from_db()
    row.refresh_from_db()
    assert (job.state, job.result, row.state) == (Job.State.DONE, {"created": 2, "changed": 0}, "done")
    first = Customer.objects.get(code="K1")
    assert (first.name, first.unit, first.tier) == ("甲公司", cast.east, "A")
    assert [(c.name, c.email, c.phone, c.is_primary) for c in first.contacts.all()] == [
        ("张三", "zhang@example.cn", "138 0000 0001", True), ("王五", "", "0571-8888", False),
    ]  # fmt: skip
    second = Contact.objects.get(customer__code="K2")
    assert (second.customer.unit, second.customer.tier, second.language) == (cast.west, "B", "en")
    assert Event.objects.get(kind="customers.imported").payload == {"created": 2, "changed": 0}
    assert not row.available


def test_the_same_list_again_updates_and_doubles_nothing(cast: Cast, at: datetime) -> None:
    scope = cast.scope("manager")
    services_imports.run(scope, row=upload(cast, at), at=at)
    again = LIST.replace("甲公司", "甲集团").replace("K2,乙公司,西区,b级", "K2,乙公司,,")
    found = services_imports.run(scope, row=upload(cast, at, again), at=at)
    assert (found.created, found.changed, found.faults) == (0, 2, [])
    assert (Customer.objects.count(), Contact.objects.count()) == (2, 3)
    assert Customer.objects.get(code="K1").name == "甲集团"
    assert Customer.objects.get(code="K2").unit == cast.west, "an empty unit leaves it where it is"


def test_faults_name_row_column_and_value_and_nothing_is_imported(
    cast: Cast, at: datetime, run_jobs: Callable[[], int]
) -> None:
    bad = LIST + "K3,,南区,E,赵六,no-address,电话,法语\nK1,别名,东区,A,,,,\n"
    row = upload(cast, at, bad)
    job = services_imports.start(cast.scope("manager"), row=row, at=at)
    run_jobs()
    job.refresh_from_db()
    row.refresh_from_db()
    assert (job.state, row.state, row.errors) == (Job.State.FAILED, "failed", 7)
    assert not Customer.objects.exists()
    lines = list(csv.reader(io.StringIO(row.error_file("zh").decode("utf-8-sig"))))
    assert {tuple(line[:3]) for line in lines[1:]} == {
        ("5", "客户名称", ""), ("5", "部门", "南区"), ("5", "客户等级", "E"), ("5", "邮箱", "no-address"),
        ("5", "手机号", "电话"), ("5", "语言", "法语"), ("6", "客户编号", "K1"),
    }  # fmt: skip


def test_customers_of_other_units_are_neither_changed_nor_added(cast: Cast, at: datetime) -> None:
    factories.customer(cast.west, 1, at)
    text = "客户编号,客户名称,部门\nwest-0001,偷,\nK9,新,西区\n"
    found = services_imports.examine(cast.scope("agent"), upload(cast, at, text, who="agent"))
    assert {(f.row, f.value) for f in found.faults} == {(2, "west-0001"), (3, "西区")}
    with pytest.raises(NotAllowed):
        services_imports.upload(
            cast.scope("outsider"), data=LIST.encode(), name="a.csv", unit=cast.east, at=at
        )


def test_addresses_of_other_customers_are_warned_of(cast: Cast, at: datetime) -> None:
    factories.customer(cast.east, 1, at)
    text = (
        "客户编号,客户名称,邮箱,手机号\nK1,甲,c1.east@example.org,\nK2,乙,,13900000000\nK3,丙,,13900000000\n"
    )
    found = services_imports.examine(cast.scope("manager"), upload(cast, at, text))
    assert [(w.row, w.value, w.texts["en"]) for w in found.warnings] == [
        (2, "c1.east@example.org", "Customer east-0001 has the same."),
        (4, "13900000000", "The same stands in row 3."),
    ]  # fmt: skip
    assert not found.faults


def test_a_mapping_without_number_or_name_is_refused(cast: Cast, at: datetime) -> None:
    row = upload(cast, at, "x,y\n1,2\n")
    assert services_imports.examine(cast.scope("manager"), row).faults[0].texts["en"].startswith("Choose")
    table = read_table(b"a,b\n1,2\n", name="a.csv")
    faults = imports.check_mapping({"columns": {"code": "a", "name": "a", "tier": "zz"}}, table.names)
    assert {f.column for f in faults} == {"a", "zz"}


def test_an_export_comes_back_as_it_was(cast: Cast, at: datetime) -> None:
    scope = cast.scope("manager")
    row = factories.customer(cast.east, 1, at, segment="+vip")
    Customer.objects.update(name="=cmd()")
    Contact.objects.create(customer=row, name="第二", phone="+86 21 5555", is_primary=False)
    content = write_csv(queries.EXPORT_HEADER, queries.export_rows(queries.customers(scope)))
    assert "'=cmd()" in content.decode("utf-8-sig")
    before = list(queries.export_rows(queries.customers(scope)))
    found = services_imports.run(scope, row=upload(cast, at, content.decode("utf-8-sig")), at=at)
    assert (found.faults, found.created, found.changed) == ([], 0, 1)
    assert list(queries.export_rows(queries.customers(scope))) == before


def test_other_columns_are_kept_as_attributes(cast: Cast, at: datetime) -> None:
    row = upload(cast, at, "id,name,车型\n1,甲,<b>SUV</b>\n")
    mapping = {**row.mapping, "attributes": ["车型"]}
    services_imports.choose(cast.scope("manager"), row=row, mapping=mapping)
    services_imports.run(cast.scope("manager"), row=row, at=at)
    assert Customer.objects.get().attributes == {"车型": "<b>SUV</b>"}
