"""Every icon a page names is in the sprite."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_every_icon_used_is_built_into_the_sprite() -> None:
    known = set((ROOT / "frontend/icons.txt").read_text("utf-8").split())
    used: dict[str, str] = {}
    for template in (ROOT / "src").rglob("*.html"):
        text = template.read_text("utf-8")
        for name in re.findall(r'{% icon "([a-z0-9-]+)"', text) + re.findall(
            r'_icon(?:_name)?="([a-z0-9-]+)"|icon_name="([a-z0-9-]+)"', text
        ):
            for one in (name,) if isinstance(name, str) else name:
                if one:
                    used[one] = template.name
        for name in re.findall(
            r'icon_name\|default:"([a-z0-9-]+)"|action_icon\|default:"([a-z0-9-]+)"', text
        ):
            used.update({one: template.name for one in name if one})
    from manyi.web.navigation import MENU

    for entry in MENU:
        used.update({e.icon: "navigation.py" for e in (entry, *entry.children)})
    assert {name: where for name, where in used.items() if name not in known} == {}
