"""Importing a customer list: examined as a whole, then done as a whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from manyi.customers import imports, keys
from manyi.customers.faults import Fault
from manyi.customers.models import Contact, Customer, CustomerImport
from manyi.events import catalogue
from manyi.events.models import Job
from manyi.events.services import publish, start_job
from manyi.people.models import OrgUnit
from manyi.people.queries import org_units
from manyi.scope import Scope
from manyi.warehouse.tabular import Table
from manyi.web.errors import Refused

BATCH = 1_000
MAX_CUSTOMERS = 200_000
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Examination:
    """What an import would do. `known` maps numbers that exist already to their customers."""

    records: list[imports.Record]
    faults: list[Fault]
    warnings: list[Fault]
    known: dict[str, Customer]

    @property
    def created(self) -> int:
        return len(self.records) - self.changed

    @property
    def changed(self) -> int:
        return sum(record.code in self.known for record in self.records)


def upload(
    scope: Scope, *, data: bytes, name: str, unit: OrgUnit, encoding: str = "", at: datetime
) -> CustomerImport:
    """Keep an uploaded list for `unit` (where customers go whose row names none). Raises TableError."""
    scope.require("customers.edit", unit.pk)
    table = CustomerImport.read(data, name=name, encoding=encoding)
    if len(table) > MAX_CUSTOMERS:
        raise Refused(
            _("The list has %(rows)d rows; %(limit)d can be imported at a time.")
            % {"rows": len(table), "limit": MAX_CUSTOMERS}
        )
    row = CustomerImport.keep(table, owner_id=scope.user_id, unit=unit, name=name, size=len(data), at=at)
    row.mapping = imports.guess(table.names)
    row.save(update_fields=["mapping"])
    return row


def choose(scope: Scope, *, row: CustomerImport, mapping: dict[str, Any]) -> None:
    """Store a person's mapping."""
    scope.require("customers.edit", row.unit_id)
    row.mapping = mapping
    row.save(update_fields=["mapping"])


def examine(scope: Scope, row: CustomerImport, table: Table | None = None) -> Examination:
    """What the import would do and what stands against it."""
    table = table or row.table()
    faults = imports.check_mapping(row.mapping, table.names)
    if faults:
        return Examination([], faults, [], {})
    records, faults = imports.parse(table, row.mapping, units=_unit_names(scope))
    known = _existing([record.code for record in records])
    column = row.mapping["columns"]["code"]
    for record in records:
        customer = known.get(record.code)
        if customer is not None and not scope.may("customers.edit", customer.unit_id):
            faults.append(
                Fault(
                    record.row, column, record.code,
                    {"zh": "该编号属于您无权更改的客户。", "en": "The number belongs to a customer you may not change."},
                )
            )  # fmt: skip
    return Examination(records, faults, _shared_addresses(scope, records, row.mapping["columns"]), known)


def start(scope: Scope, *, row: CustomerImport, at: datetime) -> Job:
    """Queue the import. Raises Refused when it runs already or is done."""
    scope.require("customers.edit", row.unit_id)
    with transaction.atomic():
        waiting = (CustomerImport.State.UPLOADED, CustomerImport.State.FAILED)
        if not CustomerImport.objects.filter(pk=row.pk, state__in=waiting).update(state="running"):
            raise Refused(_("This list is being imported or has been imported already."))
        return start_job(
            scope, kind="customers.import", function="manyi.customers.jobs.import_customers",
            label={"zh": f"导入客户：{row.name}", "en": f"Import of customers: {row.name}"},
            at=at, arguments={"import_id": row.pk},
        )  # fmt: skip


def run(
    scope: Scope, *, row: CustomerImport, at: datetime, progress: Progress = lambda done, total: None
) -> Examination:
    """Import the list in one transaction, or write the error file and change nothing.

    The answer's `faults` are empty exactly when the list was imported.
    """
    found = examine(scope, row)
    if found.faults:
        row.write_errors(found.faults)
        CustomerImport.objects.filter(pk=row.pk).update(state="failed", errors=len(found.faults))
        return found
    with transaction.atomic():
        _save(found, row.unit_id, at, progress)
        publish(
            scope,
            catalogue.CustomersImported(
                subject_id=str(row.key), unit_id=row.unit_id, created=found.created, changed=found.changed
            ),
            at=at,
        )
        CustomerImport.objects.filter(pk=row.pk).update(state="done", errors=0)
    row.discard()
    return found


def _unit_names(scope: Scope) -> dict[str, int]:
    units = list(org_units(scope, "customers.edit"))
    names = {text.casefold(): u.pk for u in units for text in u.name.values()}
    return names | {u.code.casefold(): u.pk for u in units}


def _existing(codes: list[str]) -> dict[str, Customer]:
    found: dict[str, Customer] = {}
    for i in range(0, len(codes), BATCH):
        found.update((c.code, c) for c in Customer.objects.filter(code__in=codes[i : i + BATCH]))
    return found


def _shared_addresses(scope: Scope, records: list[imports.Record], columns: Mapping[str, str]) -> list[Fault]:
    """E-mails and phones that another customer, in the file or already here, has as well."""
    warnings = []
    for kind in ("email", "phone"):
        if kind not in columns:
            continue
        seen: dict[str, tuple[str, int]] = {}
        wanted = {c[kind] for r in records for c in r.contacts if c[kind]}
        here: dict[str, str] = {}
        ordered = sorted(wanted)
        for i in range(0, len(ordered), BATCH):
            rows = scope.limit(
                Contact.objects.filter(**{f"{kind}__in": ordered[i : i + BATCH]}),
                "customers.read", field="customer__unit_id",
            )  # fmt: skip
            here.update(rows.order_by("-pk").values_list(kind, "customer__code"))
        for record in records:
            for contact in record.contacts:
                address = contact[kind]
                if not address:
                    continue
                other = here.get(address)
                twin = seen.setdefault(address, (record.code, record.row))
                if other not in (None, record.code):
                    texts = {
                        "zh": f"与已有客户 {other} 的联系方式相同。",
                        "en": f"Customer {other} has the same.",
                    }
                elif twin[0] != record.code:
                    texts = {"zh": f"与第 {twin[1]} 行相同。", "en": f"The same stands in row {twin[1]}."}
                else:
                    continue
                warnings.append(Fault(record.row, columns[kind], address, texts))
    return warnings


def _save(found: Examination, default_unit: int, at: datetime, progress: Progress) -> None:
    total = len(found.records)
    for i in range(0, total, BATCH):
        batch = found.records[i : i + BATCH]
        new, old = [], []
        for record in batch:
            fields = dict(record.fields)
            unit = fields.pop("unit", None)
            customer = found.known.get(record.code)
            if customer is None:
                customer = Customer(code=record.code, unit_id=unit or default_unit, created_at=at, **fields)
                new.append(customer)
            else:
                fields["attributes"] = {**customer.attributes, **fields.get("attributes", {})}
                for name, value in fields.items():
                    setattr(customer, name, value)
                customer.unit_id = unit or customer.unit_id
                customer.name_key = keys.folded(customer.name)
                old.append(customer)
        Customer.objects.bulk_create(new)
        Customer.objects.bulk_update(
            old,
            [
                "name",
                "name_key",
                "kind",
                "unit",
                "tier",
                "segment",
                "industry",
                "region",
                "active",
                "attributes",
            ],
            batch_size=200,
        )
        _save_contacts(batch, {c.code: c for c in new + old}, at)
        progress(min(i + BATCH, total), total)


def _save_contacts(batch: list[imports.Record], customers: dict[str, Customer], at: datetime) -> None:
    """A contact is the same one by e-mail, else by phone, else by name, among those of its customer."""
    here: dict[int, list[Contact]] = {}
    for contact in Contact.objects.filter(customer__in=customers.values()):
        here.setdefault(contact.customer_id, []).append(contact)
    new, old = [], []
    for record in batch:
        customer = customers[record.code]
        mine = here.setdefault(customer.pk, [])
        for given in record.contacts:
            match = next(
                (c for kind in ("email", "phone", "name") for c in mine
                 if given[kind] and getattr(c, kind).casefold() == given[kind].casefold()),
                None,
            )  # fmt: skip
            if match is None:
                match = Contact(customer=customer, is_primary=not mine)
                mine.append(match)
                new.append(match)
            elif match.pk:
                old.append(match)
            if match.email != (given["email"] or match.email):
                match.bounced_at = None
            match.name = given["name"]
            match.email, match.phone = given["email"] or match.email, given["phone"] or match.phone
            match.name_key, match.email_key = keys.folded(match.name), keys.folded(match.email)
            match.phone_key = keys.phone(match.phone)
            match.language = given["language"] or match.language
            if given["opted_out"]:
                match.opted_out_at = match.opted_out_at or at
    Contact.objects.bulk_create(new)
    Contact.objects.bulk_update(
        old,
        [
            "name",
            "name_key",
            "email",
            "email_key",
            "phone",
            "phone_key",
            "language",
            "opted_out_at",
            "bounced_at",
        ],
        batch_size=200,
    )
