"""Products in use and orders come in as a whole list or not at all."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from manyi.customers import imports_file, services_file_imports
from manyi.customers.models import FileImport, Order, OwnedProduct
from manyi.customers.queries_lookup import find
from manyi.scope import NotAllowed
from manyi.warehouse.tabular import read_table
from tests import factories
from tests.conftest import Cast

PRODUCTS = """客户编号,产品型号,序列号,批号,购买日期,保修期至,备注
east-0001,BX-200,SN 77,2409A,2026/1/5,2027年1月5日,无
east-0001,BX-100,,2301C,,,
"""
ORDERS = """Customer No,Order Number,Type,Date,Product,Qty,Amount,Currency
east-0001,PO-1,order,2026-02-01,BX-200,4,"1,280.50",cny
east-0001,R-1,return,2026-02-03,BX-200,1,,
"""


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def upload(cast: Cast, at: datetime) -> Callable[..., FileImport]:
    factories.customer(cast.east, 1, at)

    def keep(text: str, kind: str = "products", codec: str = "utf-8") -> FileImport:
        return services_file_imports.upload(
            cast.scope("agent"), kind=kind, data=text.encode(codec), name="a.csv", unit=cast.east, at=at
        )

    return keep


def faults_of(kind: str, text: str) -> list[tuple[int | None, str]]:
    _rows, faults = imports_file.parse(kind, read_table(text.encode(), name="a.csv"))
    return [(f.row, f.column) for f in faults]


@pytest.mark.parametrize("codec", ["utf-8", "gb18030"])
def test_products_are_added_and_found_by_serial_number(
    cast: Cast, upload: Callable[..., FileImport], at: datetime, codec: str
) -> None:
    scope = cast.scope("agent")
    found = services_file_imports.run(scope, row=upload(PRODUCTS, codec=codec), at=at)
    assert (len(found.new), len(found.changed), found.faults) == (2, 0, [])
    first = OwnedProduct.objects.get(model="BX-200")
    assert (first.batch, first.bought_on, first.warranty_until) == (
        "2409A",
        date(2026, 1, 5),
        date(2027, 1, 5),
    )
    assert [hit.product for hit in find(scope, "sn77")] == [first]


def test_orders_are_added_with_amount_and_local_day(
    cast: Cast, upload: Callable[..., FileImport], at: datetime
) -> None:
    services_file_imports.run(cast.scope("agent"), row=upload(ORDERS, "orders"), at=at)
    row = Order.objects.get(number="PO-1")
    assert (row.amount, row.quantity, row.currency) == (Decimal("1280.50"), Decimal(4), "CNY")
    assert row.at == datetime(2026, 1, 31, 16, tzinfo=UTC)
    assert Order.objects.get(number="R-1").kind == Order.Kind.RETURN


@pytest.mark.parametrize(("text", "kind"), [(PRODUCTS, "products"), (ORDERS, "orders")])
def test_the_same_list_again_updates_instead_of_adding(
    cast: Cast, upload: Callable[..., FileImport], at: datetime, text: str, kind: str
) -> None:
    scope = cast.scope("agent")
    services_file_imports.run(scope, row=upload(text, kind), at=at)
    changed = text.replace("2027年1月5日", "2028-01-05").replace("1,280.50", "999")
    found = services_file_imports.run(scope, row=upload(changed, kind), at=at)
    assert (len(found.new), len(found.changed)) == (0, 2)
    if kind == "products":
        assert OwnedProduct.objects.get(serial="SN 77").warranty_until == date(2028, 1, 5)
    else:
        assert Order.objects.get(number="PO-1").amount == 999


@pytest.mark.parametrize(
    ("kind", "text", "faults"),
    [
        ("products", "产品\nBX\n", [(None, "customer number")]),
        ("products", "客户编号,产品\n,BX\nK1,\n", [(2, "客户编号"), (3, "产品")]),
        (
            "products",
            "客户编号,产品,购买日期\nK1,BX,2026-13-01\nK1,BX,gestern\n",
            [(2, "购买日期"), (3, "购买日期")],
        ),
        ("products", f"客户编号,产品\nK1,{'x' * 101}\n", [(2, "产品")]),
        (
            "orders",
            "客户编号,订单号,日期,金额\nK1,1,2026-01-01,viel\nK1,2,2026-01-01,-1\n",
            [(2, "金额"), (3, "金额")],
        ),
        ("orders", "客户编号,订单号,日期,类型,币种\nK1,1,2026-01-01,gift,yuan\n", [(2, "类型"), (2, "币种")]),
    ],
)
def test_every_fault_is_named_with_its_place(
    kind: str, text: str, faults: list[tuple[int | None, str]]
) -> None:
    assert faults_of(kind, text) == faults


def test_unknown_customers_doubles_and_impossible_dates_stop_the_whole_list(
    cast: Cast, upload: Callable[..., FileImport], at: datetime
) -> None:
    factories.customer(cast.west, 2, at)
    text = (
        "客户编号,产品,序列号,购买日期,保修期至\neast-0001,BX,1,,\neast-0001,BX,1,,\nwest-0002,BX,2,,\n"
        "east-0001,BX,3,2026-01-02,2026-01-01\n"
    )
    row = upload(text)
    found = services_file_imports.run(cast.scope("agent"), row=row, at=at)
    assert sorted(f.row or 0 for f in found.faults) == [3, 4, 5]
    assert not OwnedProduct.objects.exists()
    errors = list(csv.reader(io.StringIO(row.error_file("en").decode("utf-8-sig"))))
    assert len(errors) == 4


def test_only_who_edits_customers_may_upload(cast: Cast, at: datetime) -> None:
    with pytest.raises(NotAllowed):
        services_file_imports.upload(
            cast.scope("handler"),
            kind="products",
            data=PRODUCTS.encode(),
            name="a.csv",
            unit=cast.east,
            at=at,
        )


def test_by_the_pages(cast: Cast, upload: Callable[..., FileImport], run_jobs: Callable[[], int]) -> None:
    client = Client()
    client.force_login(cast.agent, backend="django.contrib.auth.backends.ModelBackend")
    assert "产品型号" in client.get("/customers/file-imports/").content.decode()
    for text, words in (
        (PRODUCTS.replace("east-0001", "nobody"), "2 problems stand"),
        (PRODUCTS, "Rows to add: 2"),
    ):
        given = {"kind": "products", "file": SimpleUploadedFile("a.csv", text.encode())}
        page = client.post("/customers/file-imports/", given).headers["Location"]
        assert words in client.get(page).content.decode()
    assert client.post(page).status_code == 302
    run_jobs()
    assert OwnedProduct.objects.count() == 2
    assert "was imported" in client.get(page).content.decode()
