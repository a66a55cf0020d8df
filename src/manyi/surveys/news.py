"""What changed since customers were last asked, for the mail that asks them again. An upper app says what it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from manyi.people.models import OrgUnit

#: unit of a wave → what was done, newest first, each {"zh": …, "en": …}
Reader = Callable[[OrgUnit], list[Mapping[str, str]]]
_readers: list[Reader] = []

INTRODUCTION = {
    "zh": "自上次调查以来，我们根据大家的意见做了这些改进：",
    "en": "Since last time, because of what you told us, we have done this:",
}


def register(reader: Reader) -> None:
    """Called from an app's `ready`."""
    _readers.append(reader)


def since_last_time(unit: OrgUnit, language: str) -> str:
    """An introduction and one line for each improvement, in 'zh' or 'en'; '' where there is nothing to tell."""
    lines = [done.get(language, "") for reader in _readers for done in reader(unit)]
    lines = [f"· {' '.join(line.split())}" for line in lines if line.strip()]
    return "\n".join([INTRODUCTION[language], *lines]) if lines else ""
