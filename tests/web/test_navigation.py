"""The menu: what the reader may open, and one entry that says where they are."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import RequestFactory

from manyi.web import navigation
from tests.conftest import Cast

pytestmark = pytest.mark.django_db


def menu(cast: Cast, who: str, path: str) -> list[dict[str, Any]]:
    request = RequestFactory().get(path)
    request.scope = cast.scope(who)  # type: ignore[attr-defined]
    found: list[dict[str, Any]] = navigation.context(request)["menu"]
    return found


@pytest.mark.parametrize(
    ("path", "top", "below"),
    [
        ("/", "Today", []),
        ("/complaints/board/", "Complaints", ["Board"]),
        ("/complaints/E-2026-0001/", "Complaints", ["All complaints"]),
        ("/settings/time-limits/", "Complaints", ["Time limits"]),
        ("/settings/users/", "Settings", []),
        ("/account/", None, []),
    ],
)
def test_one_entry_is_active(cast: Cast, path: str, top: str | None, below: list[str]) -> None:
    found = menu(cast, "admin", path)
    assert [str(e["label"]) for e in found if e["active"]] == ([top] if top else [])
    assert [str(c["label"]) for e in found for c in e["children"] if c["active"]] == below


def test_only_what_one_may_open_is_shown(cast: Cast) -> None:
    labels = {str(e["label"]) for e in menu(cast, "agent", "/")}
    assert "Complaints" in labels
    assert "Settings" not in labels
