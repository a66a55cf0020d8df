"""What the measures say (errors, remarks), in the reader's language."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext

from manyi.measures.errors import MeasureError, Remark


def in_words(said: MeasureError | Remark, names: Mapping[str, str] | None = None) -> str:
    """The sentence in the active language; `names` are put in place of the codes it is about."""
    names = names or {}
    params = dict(said.params)
    for key, value in params.items():
        if key == "how":
            params[key] = gettext(str(value))
        elif key == "constructs":
            params[key] = ", ".join(names.get(code, code) for code in str(value).split(", "))
        elif isinstance(value, str):
            params[key] = names.get(value, value)
    return gettext(said.template).format(**params) if params else gettext(said.template)
