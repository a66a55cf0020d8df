"""The list of functions in docs/reference/measures.md is what the package holds.

`python tests/docs/test_measures.py` writes it anew.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from pathlib import Path

import manyi.measures

PAGE = Path(__file__).parents[2] / "docs/reference/measures.md"
INSIDE = {"arrays", "moments", "errors"}
START, END = "<!-- generated: python tests/docs/test_measures.py -->\n", "<!-- end -->"


def first_line(thing: object) -> str:
    """The first paragraph of the docstring as a cell of a table."""
    words = " ".join((inspect.getdoc(thing) or "").split("\n\n")[0].split())
    words = re.sub(r":\w+:`~?([^`]+)`", r"`\1`", words).replace("``", "`")
    return words.replace("|", "\\|")


def listing() -> str:
    """One table for each module: public functions, and how fitted models are made."""
    parts = []
    for found in sorted(pkgutil.iter_modules(manyi.measures.__path__), key=lambda m: m.name):
        if found.name in INSIDE:
            continue
        module = importlib.import_module(f"manyi.measures.{found.name}")
        rows = []
        for name, thing in sorted(vars(module).items()):
            own = getattr(thing, "__module__", "").startswith(module.__name__)
            if name.startswith("_") or not own:
                continue
            if inspect.isfunction(thing):
                rows.append(f"| `{name}` | {first_line(thing)} |")
            elif inspect.isclass(thing):
                for method, inner in sorted(vars(thing).items()):
                    if isinstance(inner, classmethod) and not method.startswith("_"):
                        rows.append(f"| `{name}.{method}` | {first_line(inner.__func__)} |")
        if rows:
            parts.append(
                "\n".join([f"### {found.name}\n", "| name | what it does |", "|---|---|", *rows, ""])
            )
    return "\n".join(parts)


def test_every_public_function_is_listed_with_its_own_words() -> None:
    text = PAGE.read_text("utf-8")
    assert text[text.index(START) + len(START) : text.index(END)] == listing(), "run this file as a script"


def test_every_name_of_the_smartpls_table_exists() -> None:
    from manyi.measures import pls

    table = PAGE.read_text("utf-8").partition("## Coming from SmartPLS")[2].partition("Not offered")[0]
    for name in re.findall(r"`pls\.(\w+)", table):
        assert hasattr(pls, name), name
    for name in re.findall(r"`fit\.(\w+)", table):
        assert name in pls.Fit.__dataclass_fields__ or hasattr(pls.Fit, name), name


if __name__ == "__main__":
    text = PAGE.read_text("utf-8")
    PAGE.write_text(
        text[: text.index(START) + len(START)] + listing() + text[text.index(END) :], encoding="utf-8"
    )
