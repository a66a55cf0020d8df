"""Today and the report of a wave: what they say, who may have them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import openpyxl
import pymupdf
import pytest
from django.test import Client

from manyi.events.models import Event, Job
from manyi.reports import services
from manyi.surveys.models import CallbackWish, Response, Wave
from tests import factories
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def wave(cast: Cast, at: datetime) -> Wave:
    """A closed wave: 40 answers in the east (all 5 but speed 2), 12 in the west (all 3)."""
    row = factories.wave(cast.group, at, code="spring", state="closed", closed_at=at)
    for i in range(52):
        east = i < 40
        score = 5 if east else 3
        answers = {
            "on_time": score,
            "complete": score,
            "attitude": score,
            "speed": 2 if east else 3,
            "nps": 9,
        }
        Response.objects.create(
            wave=row, unit=cast.east if east else cast.west, answers=answers, channel="email", submitted_at=at
        )
    return row


def _order(client: Client, wave: Wave, kind: str, language: str = "en") -> Job:
    response = client.post(f"/reports/{wave.code}/order/", {"format": kind, "language": language})
    assert response.status_code == 302
    return Job.objects.latest("pk")


def _download(client: Client, job: Job) -> bytes:
    response = client.get(f"/reports/files/{job.key}/")
    assert response.status_code == 200
    return b"".join(response.streaming_content)  # type: ignore[arg-type, attr-defined]


def test_the_pdf_holds_the_index_and_its_method(
    cast: Cast, client: Client, wave: Wave, run_jobs: Callable[[], int]
) -> None:
    client.force_login(cast.manager, backend=BACKEND)
    job = _order(client, wave, "pdf")
    run_jobs()
    pages = pymupdf.open(stream=_download(client, job), filetype="pdf")
    text = "".join(page.get_text() for page in pages)
    # East: delivery 100, service .7·100 + .3·25 = 77.5, index 91. West: 50. (40·91 + 12·50)/52 = 81.54
    assert "81.5" in text
    assert "How these numbers came about" in text
    assert Event.objects.filter(kind="data.exported", payload__what="report.pdf").count() == 1


def test_the_xlsx_speaks_chinese_when_asked(
    cast: Cast, client: Client, wave: Wave, run_jobs: Callable[[], int]
) -> None:
    client.force_login(cast.manager, backend=BACKEND)
    job = _order(client, wave, "xlsx", "zh-hans")
    run_jobs()
    import io

    book = openpyxl.load_workbook(io.BytesIO(_download(client, job)))
    assert book.sheetnames[0] == "摘要"
    cells = [c.value for s in book for row in s.iter_rows() for c in row]
    assert "顾客满意度指数" in cells


def test_a_branch_gets_its_own_answers_only(
    cast: Cast, client: Client, wave: Wave, run_jobs: Callable[[], int]
) -> None:
    client.force_login(cast.outsider, backend=BACKEND)
    job = _order(client, wave, "html")
    run_jobs()
    text = _download(client, job).decode()
    assert "<b>50.0</b>" in text
    assert "81.54" not in text
    assert "<b>81.5</b>" not in text


def test_a_report_belongs_to_whoever_ordered_it(
    cast: Cast, client: Client, wave: Wave, run_jobs: Callable[[], int]
) -> None:
    client.force_login(cast.manager, backend=BACKEND)
    job = _order(client, wave, "html")
    run_jobs()
    other = Client()
    other.force_login(cast.admin, backend=BACKEND)
    assert other.get(f"/reports/files/{job.key}/").status_code == 404
    assert other.get(f"/jobs/{job.key}/").status_code == 404


def test_a_wave_of_another_branch_cannot_be_ordered(cast: Cast, client: Client, at: datetime) -> None:
    east = factories.wave(cast.east, at, state="closed")
    client.force_login(cast.outsider, backend=BACKEND)
    assert client.post(f"/reports/{east.code}/order/", {"format": "pdf"}).status_code == 404


def test_an_unknown_format_is_refused(cast: Cast, client: Client, wave: Wave) -> None:
    client.force_login(cast.manager, backend=BACKEND)
    assert client.post(f"/reports/{wave.code}/order/", {"format": "exe"}).status_code == 422
    assert not Job.objects.filter(kind=services.KIND).exists()


def test_today_shows_how_things_stand_in_few_queries(
    cast: Cast, client: Client, wave: Wave, at: datetime, django_assert_max_num_queries: object
) -> None:
    CallbackWish.objects.create(wave=wave, unit=cast.east, name="A", phone="1", created_at=at)
    factories.wave(cast.group, at, code="draft", state="draft", tree_version=wave.tree_version)
    out = factories.wave(
        cast.group, at, code="out", tree_version=wave.tree_version, closes_at=at + timedelta(days=900)
    )
    factories.invitation(out, factories.customer(cast.east, 1, at), at, answered=True)
    factories.invitation(out, factories.customer(cast.east, 2, at), at)
    client.force_login(cast.manager, backend=BACKEND)
    with django_assert_max_num_queries(30):  # type: ignore[operator]
        page = client.get("/").content.decode()
    assert "81.5" in page
    assert "1 customer wishes to be called back" in page
    assert "is prepared but not open yet" in page
    assert "1 / 2" in page


def test_a_new_deployment_is_shown_the_way(cast: Cast, client: Client) -> None:
    client.force_login(cast.manager, backend=BACKEND)
    assert "Four steps to your first index" in client.get("/").content.decode()
    client.force_login(cast.executive, backend=BACKEND)
    assert "Four steps" not in client.get("/").content.decode()
