"""API: files of finished surveys become waves."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Body, File, Form, Query, Router, Schema, Status
from ninja.errors import HttpError
from ninja.files import UploadedFile
from pydantic import Field

from manyi.measures.errors import MeasureError
from manyi.surveys.mapping import MappingError, WaveMap
from manyi.surveys.models import ImportFile
from manyi.surveys.queries import imports as queries
from manyi.surveys.services import imports as services
from manyi.warehouse.tabular import TableError
from manyi.web.api import ERRORS, Page, PageQuery, page_of
from manyi.web.errors import Refused
from manyi.web.http import Request
from manyi.web.templatetags.web import localised

router = Router(tags=["imports"])
FAULTS_SHOWN = 100


class ImportOut(Schema):
    """`mapping` is MAP.yaml as JSON; `state`: uploaded, running, done, failed."""

    key: UUID
    name: str
    unit_id: int
    rows: int
    encoding: str
    state: str
    mapping: dict[str, Any]
    errors: int
    wave_id: int | None
    created_at: datetime


class FaultOut(Schema):
    row: int | None
    column: str
    value: str
    message: str


class CheckOut(Schema):
    """What an import would do: `usable` when nothing stands against it; the first 100 faults."""

    usable: bool
    count: int
    faults: list[FaultOut]
    means: dict[str, float | None]


class JobOut(Schema):
    key: UUID
    state: str


class UploadIn(Schema):
    unit_id: int = Field(ge=1, le=2**62)
    encoding: str = Field("", max_length=20)
    sheet: str = Field("", max_length=100)


def _now() -> datetime:
    return timezone.now()  # noqa: TID251


def _file(request: Request, key: UUID) -> ImportFile:
    return get_object_or_404(queries.import_files(request.scope), key=key)


@router.get("/imports", response={200: Page[ImportOut], **ERRORS})
def imports(request: Request, page: Query[PageQuery]) -> Any:
    """Uploaded files of your units, newest first."""
    request.scope.require("waves.run")
    return page_of(request, queries.import_files(request.scope), page)


@router.post("/imports", response={201: ImportOut, **ERRORS})
def upload(request: Request, body: Form[UploadIn], file: File[UploadedFile]) -> Any:
    """Upload CSV, TSV or XLSX. The answer holds a guessed mapping: correct it, check it, run it."""
    request.scope.require("waves.run")
    unit = get_object_or_404(queries.units(request.scope), pk=body.unit_id)
    if (file.size or 0) > settings.UPLOAD_MAX_BYTES:
        raise HttpError(
            422, localised(TableError("too_large", limit=settings.UPLOAD_MAX_BYTES // 2**20).texts)
        )
    try:
        row = services.upload(
            request.scope, data=file.read(), name=file.name or "file", unit=unit, at=_now(),
            encoding=body.encoding, sheet=body.sheet,
        )  # fmt: skip
    except TableError as error:
        raise HttpError(422, localised(error.texts)) from error
    return Status(201, row)


@router.get("/imports/{key}", response={200: ImportOut, **ERRORS})
def import_file(request: Request, key: UUID) -> Any:
    return _file(request, key)


@router.put("/imports/{key}/mapping", response={200: ImportOut, **ERRORS})
def choose(request: Request, key: UUID, body: Body[dict[str, Any]]) -> Any:
    """Store the mapping (the format of MAP.yaml, as JSON)."""
    row = _file(request, key)
    try:
        chosen = WaveMap.from_dict(body)
        services.tree_of(request.scope, chosen)
    except MappingError as error:
        raise HttpError(422, localised(error.texts)) from error
    except MeasureError as error:
        raise HttpError(422, str(error)) from error
    services.choose(request.scope, row=row, chosen=chosen)
    return row


@router.get("/imports/{key}/check", response={200: CheckOut, **ERRORS})
def check(request: Request, key: UUID) -> Any:
    """What running the import would do; changes nothing."""
    row = _file(request, key)
    if not row.available:
        raise Refused(localised(GONE))
    found = services.examine(request.scope, WaveMap.from_dict(row.mapping), row.table())
    faults = [
        FaultOut(row=None, column=p.value, value="", message=localised(p.texts)) for p in found.problems
    ]
    rows = found.rows
    if rows:
        faults += [
            FaultOut(row=f.row, column=f.column, value=f.value, message=localised(f.texts))
            for f in rows.faults[:FAULTS_SHOWN]
        ]
    means = {item.answer: item.mean for item in rows.items} if rows else {}
    return {
        "usable": found.usable,
        "count": rows.fault_count if rows else len(faults),
        "faults": faults[:FAULTS_SHOWN],
        "means": means,
    }


GONE = {"zh": "文件已不在，请重新上传。", "en": "The file is gone; please upload it again."}


@router.post("/imports/{key}/run", response={202: JobOut, **ERRORS})
def run(request: Request, key: UUID) -> Any:
    """Import the file in the background, as a whole or not at all; see `state` of the import."""
    row = _file(request, key)
    if not row.available:
        raise Refused(localised(GONE))
    return Status(202, services.start(request.scope, row=row, at=_now()))
