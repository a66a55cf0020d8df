from __future__ import annotations

from typing import Any

import pytest
from django.urls import resolve

from manyi.surveys import links


@pytest.mark.parametrize(
    ("link", "name"),
    [(links.personal, "respond"), (links.open_to_all, "respond-open"), (links.opt_out, "opt-out")],
)
def test_a_public_address_leads_to_its_page(settings: Any, link: Any, name: str) -> None:
    settings.BASE_URL = "https://manyi.example/sub"
    address = link("Tok-en_1")
    assert address.startswith("https://manyi.example/sub/")
    match = resolve(address.removeprefix("https://manyi.example/sub"))
    assert (match.url_name, match.kwargs) == (name, {"token": "Tok-en_1"})
