"""Where findings come from: a kind of source → the lookup of its title, unit and evidence, frozen when it is raised.

The button of a page (`web/components/make_finding.html`) posts a kind and a key; `look_up` turns them into a
`Source` for `services.findings.raise_finding`. A new kind registers its lookup here, or from an app's `ready`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _

from manyi.people.models import OrgUnit
from manyi.scope import Scope
from manyi.web.errors import Refused

LANGUAGES = {"zh": "zh-hans", "en": "en"}


@dataclass(frozen=True, slots=True)
class Source:
    """What a finding is raised on.

    `kind` is one of Finding.Kind. `key` names the thing for good ('complaint:12'): it has one open finding at
    most. `evidence` is kept as it is: see `evidence`.
    """

    kind: str
    key: str
    unit: OrgUnit
    title: str
    evidence: Mapping[str, Any] = field(default_factory=dict)


#: (scope, key of the page's button, now) → the source. Raises Refused, NotAllowed.
Lookup = Callable[[Scope, str, datetime], Source]
_lookups: dict[str, Lookup] = {}


def register(kind: str, lookup: Lookup) -> None:
    """`lookup` answers buttons of this kind."""
    _lookups[kind] = lookup


def look_up(scope: Scope, kind: str, key: str, at: datetime) -> Source:
    """What the button of a page stands for. Raises Refused for what is not there or out of sight."""
    lookup = _lookups.get(kind)
    if lookup is None or not key:
        raise unknown()
    return lookup(scope, key, at)


def unknown() -> Refused:
    return Refused(_("What this finding should be raised on is not there, or you may not see it."))


def both(say: Callable[[], str]) -> dict[str, str]:
    """A sentence in both languages: evidence is read later by somebody of the other one."""
    found = {}
    for short, language in LANGUAGES.items():
        with translation.override(language):
            found[short] = say()
    return found


def evidence(
    *,
    name: Mapping[str, str],
    at: datetime,
    url: str,
    figure: Mapping[str, str] | None = None,
    facts: tuple[Mapping[str, str], ...] = (),
    **more: Any,
) -> dict[str, Any]:
    """What is frozen: all texts are {"zh": …, "en": …}.

    :param name: what the figure is of. :param figure: the figure in words, with its interval and n, if there is
        one. :param facts: more sentences. :param url: path of the page that shows it. :param more: numbers for
        programs, such as `value`, `low`, `high`, `n`, `expected_gain`, and `wave`, `node`, `category` that the
        form of the action starts from.
    """
    return {
        "name": dict(name), "figure": dict(figure or {}), "facts": [dict(fact) for fact in facts],
        "url": url, "at": at.isoformat(), **more,
    }  # fmt: skip
