"""Importing products in use and orders: examined as a whole, then done as a whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from manyi.customers import imports_file
from manyi.customers.faults import Fault
from manyi.customers.imports_file import Row
from manyi.customers.models import Customer, FileImport, Order, OwnedProduct
from manyi.events import catalogue
from manyi.events.models import Job
from manyi.events.services import publish, start_job
from manyi.people.models import OrgUnit
from manyi.scope import Scope
from manyi.web.errors import Refused

BATCH = 1_000
MAX_ROWS = 500_000
Progress = Callable[[int, int], None]
#: What makes a row the same as one that is there already.
IDENTITY = {"products": ("model", "serial", "batch"), "orders": ("kind", "number", "product")}


@dataclass(frozen=True, slots=True)
class Examination:
    """What an import would do. `new` and `changed` are rows with the customer's key, `changed` with the old row's."""

    new: list[tuple[int, Row]]
    changed: list[tuple[int, Row]]
    faults: list[Fault]


def upload(scope: Scope, *, kind: str, data: bytes, name: str, unit: OrgUnit, at: datetime) -> FileImport:
    """Keep an uploaded list ('products' or 'orders'). Raises TableError, Refused."""
    scope.require("customers.edit", unit.pk)
    table = FileImport.read(data, name=name)
    if len(table) > MAX_ROWS:
        raise Refused(
            _("The list has %(rows)d rows; %(limit)d can be imported at a time.")
            % {"rows": len(table), "limit": MAX_ROWS}
        )
    row = FileImport.keep(table, owner_id=scope.user_id, unit=unit, name=name, size=len(data), at=at)
    row.kind = FileImport.Kind(kind)
    row.save(update_fields=["kind"])
    return row


def examine(scope: Scope, row: FileImport) -> Examination:
    """What the import would do and what stands against it. A product is recognised by customer, product and
    serial number (without one, batch); an order by customer, kind, number and product.
    """
    rows, faults = imports_file.parse(row.kind, row.table())
    customers = _customers(scope, {r.customer for r in rows})
    known = _known(row.kind, {pk for pk in customers.values() if pk})
    seen: dict[tuple[Any, ...], int] = {}
    found = Examination([], [], faults)
    for r in rows:
        customer = customers.get(r.customer)
        if customer is None:
            texts = {"zh": "没有这个客户编号，或您无权更改该客户。", "en": "There is no such customer number, or you may not change that customer."}  # fmt: skip
            faults.append(Fault(r.number, "customer", r.customer[:80], texts))
            continue
        bought, until = r.fields.get("bought_on"), r.fields.get("warranty_until")
        if bought and until and until < bought:
            texts = {"zh": "保修截止日早于购买日期。", "en": "The warranty would end before the product was bought."}  # fmt: skip
            faults.append(Fault(r.number, "warranty_until", str(until), texts))
            continue
        identity = (customer, *_identity(row.kind, r.fields))
        if identity in seen:
            texts = {"zh": f"与第 {seen[identity]} 行重复。", "en": f"The same as row {seen[identity]}."}
            faults.append(Fault(r.number, "", " ".join(str(v) for v in identity[1:])[:80], texts))
            continue
        seen[identity] = r.number
        if identity in known:
            found.changed.append((known[identity], r))
        else:
            found.new.append((customer, r))
    return found


def _identity(kind: str, fields: dict[str, Any]) -> tuple[Any, ...]:
    if kind == "orders":
        return (fields.get("kind", Order.Kind.ORDER), fields["number"], fields.get("product", ""))
    serial = fields.get("serial", "")
    return (fields["model"], serial, "" if serial else fields.get("batch", ""))


def _customers(scope: Scope, codes: set[str]) -> dict[str, int]:
    ordered, found = sorted(codes), {}
    for i in range(0, len(ordered), BATCH):
        rows = scope.limit(Customer.objects.filter(code__in=ordered[i : i + BATCH]), "customers.edit")
        found.update(rows.values_list("code", "pk"))
    return found


def _known(kind: str, customers: set[int]) -> dict[tuple[Any, ...], int]:
    model: Any = Order if kind == "orders" else OwnedProduct
    ordered = sorted(customers)
    found: dict[tuple[Any, ...], int] = {}
    for i in range(0, len(ordered), BATCH):
        rows = model.objects.filter(customer__in=ordered[i : i + BATCH])
        for customer, pk, *values in rows.values_list("customer", "pk", *IDENTITY[kind]):
            fields = dict(zip(IDENTITY[kind], values, strict=True))
            found[(customer, *_identity(kind, fields))] = pk
    return found


def start(scope: Scope, *, row: FileImport, at: datetime) -> Job:
    """Queue the import. Raises Refused when it runs already or is done."""
    scope.require("customers.edit", row.unit_id)
    with transaction.atomic():
        waiting = (FileImport.State.UPLOADED, FileImport.State.FAILED)
        if not FileImport.objects.filter(pk=row.pk, state__in=waiting).update(state="running"):
            raise Refused(_("This list is being imported or has been imported already."))
        return start_job(
            scope, kind="customers.file_import", function="manyi.customers.jobs.import_customer_file",
            label={"zh": f"导入：{row.name}", "en": f"Import: {row.name}"}, at=at, arguments={"import_id": row.pk},
        )  # fmt: skip


def run(
    scope: Scope, *, row: FileImport, at: datetime, progress: Progress = lambda done, total: None
) -> Examination:
    """Import the list in one transaction, or write the error file and change nothing."""
    found = examine(scope, row)
    if found.faults:
        row.write_errors(found.faults)
        FileImport.objects.filter(pk=row.pk).update(state="failed", errors=len(found.faults))
        return found
    with transaction.atomic():
        _save(row.kind, found, progress)
        publish(
            scope,
            catalogue.CustomersImported(
                subject_id=str(row.key),
                unit_id=row.unit_id,
                created=len(found.new),
                changed=len(found.changed),
            ),
            at=at,
        )
        FileImport.objects.filter(pk=row.pk).update(state="done", errors=0)
    row.discard()
    return found


def _save(kind: str, found: Examination, progress: Progress) -> None:
    model: Any = Order if kind == "orders" else OwnedProduct
    total = len(found.new) + len(found.changed)
    for i in range(0, len(found.new), BATCH):
        batch = found.new[i : i + BATCH]
        model.objects.bulk_create(model(customer_id=pk, **_aware(r.fields)) for pk, r in batch)
        progress(i + len(batch), total)
    names = [n for n in imports_file.FIELDS[kind] if n not in ("customer", *IDENTITY[kind])]
    if kind == "products":
        names.append("batch")
    for i in range(0, len(found.changed), BATCH):
        part = dict(found.changed[i : i + BATCH])
        rows = list(model.objects.filter(pk__in=part))
        for old in rows:
            for name, value in _aware(part[old.pk].fields).items():
                setattr(old, name, value)
        model.objects.bulk_update(rows, names, batch_size=200)
        progress(len(found.new) + i + len(rows), total)


def _aware(fields: dict[str, Any]) -> dict[str, Any]:
    at = fields.get("at")
    return fields if at is None else {**fields, "at": timezone.make_aware(at)}
