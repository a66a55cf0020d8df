"""The page of capabilities names all of them, and addresses that exist."""

from __future__ import annotations

import re

import pytest
from django.urls import get_resolver

from tests.docs.test_docs import ROOT

PAGE = (ROOT / "docs/reference/capabilities.md").read_text("utf-8")
ROWS = re.findall(r"^\| ([A-E]\d+) \| (.+?) \| (.+?) \| (.+?) \|$", PAGE, re.M)
WANTED = {"A": 10, "B": 8, "C": 12, "D": 10, "E": 6}


def test_every_capability_has_its_row() -> None:
    wanted = [f"{group}{number}" for group, most in WANTED.items() for number in range(1, most + 1)]
    assert [key for key, *_rest in ROWS] == wanted


@pytest.mark.parametrize(("key", "pages"), [(key, pages) for key, _what, pages, _docs in ROWS])
def test_pages_exist_or_it_says_what_is_missing(key: str, pages: str) -> None:
    known = {name for name in get_resolver().reverse_dict if isinstance(name, str)}
    named: list[str] = re.findall(r"`([a-z0-9-]+)`", pages)
    assert named or "*Missing" in pages
    assert [name for name in named if name not in known] == []
