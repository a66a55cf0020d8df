"""Who asked to be called, and that somebody called."""

from __future__ import annotations

from datetime import datetime

import pytest
from django.test import Client

from manyi.events.models import Event
from manyi.surveys.models import CallbackWish
from tests import factories
from tests.conftest import Cast

pytestmark = pytest.mark.django_db
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def wish(cast: Cast, at: datetime) -> CallbackWish:
    return CallbackWish.objects.create(
        wave=factories.wave(cast.group, at),
        unit=cast.east,
        name="<b>王芳</b>",
        phone="13800000000",
        created_at=at,
    )


def test_calling_is_noted_once(cast: Cast, client: Client, wish: CallbackWish) -> None:
    client.force_login(cast.agent, backend=BACKEND)
    page = client.get("/callbacks/").content.decode()
    assert "&lt;b&gt;王芳" in page
    for _ in range(2):
        assert client.post(f"/callbacks/{wish.pk}/called/").status_code == 302
    wish.refresh_from_db()
    assert wish.done_at is not None
    assert Event.objects.filter(kind="callback.done").count() == 1


def test_another_branch_neither_sees_nor_ends_it(cast: Cast, client: Client, wish: CallbackWish) -> None:
    client.force_login(cast.outsider, backend=BACKEND)
    assert "13800000000" not in client.get("/callbacks/").content.decode()
    assert client.post(f"/callbacks/{wish.pk}/called/").status_code == 404
    wish.refresh_from_db()
    assert wish.done_at is None
