"""The tour from complaint to proof is run as it stands, in both languages: every number it shows is printed."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.test_tutorial_acsi import ROOT, Step, steps

PAGES = ("docs/tutorial-loop.md", "docs/tutorial-loop.zh.md")
NEXT = "-- next --"


def environment_of(first: Step) -> dict[str, str]:
    """What the first step exports, in the environment of whoever runs the page."""
    clean = {k: v for k, v in os.environ.items() if not k.startswith(("MANYI_", "DJANGO_", "DATABASE_"))}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    exported = dict(pair.split("=", 1) for pair in first.content.removeprefix("export ").split())
    return {**clean, "PATH": path, "PYTHONDONTWRITEBYTECODE": "1", **exported}


def printed_by(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    return done.stdout


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the first command was run; the tables are the same for both languages."""
    folder = tmp_path_factory.mktemp("tour")
    shutil.copytree(ROOT / "docs/examples", folder / "docs/examples")
    first, second, *_rest = steps(PAGES[0])
    assert printed_by(["sh", "-c", second.content], folder, environment_of(first)) == second.output
    return folder


@pytest.mark.parametrize("document", PAGES)
def test_the_tour_prints_what_the_page_shows(document: str, begun: Path, tmp_path: Path) -> None:
    folder = tmp_path / "tour"
    shutil.copytree(begun, folder)
    first, _second, *rest = steps(document)
    environment = environment_of(first)
    for step in (step for step in rest if step.kind == "sh"):
        assert printed_by(["sh", "-c", step.content], folder, environment) == step.output, step.content
    session = [step for step in rest if step.kind == "python"]
    code = f"\nprint({NEXT!r})\n".join(step.content for step in session)
    printed = printed_by([sys.executable, "-c", code], folder, environment).split(f"{NEXT}\n")
    assert [step.output for step in session] == printed


def test_both_languages_run_the_same_code() -> None:
    english, chinese = ([(s.kind, s.content) for s in steps(page)][1:] for page in PAGES)
    assert english == chinese


def test_the_complaints_are_as_generated() -> None:
    made = subprocess.run(
        [sys.executable, str(ROOT / "docs/examples/complaints.py")],
        capture_output=True,
        text=True,
        check=True,
    )
    assert made.stdout == (ROOT / "docs/examples/complaints.csv").read_text("utf-8")


@pytest.mark.parametrize("document", PAGES)
def test_every_decimal_in_the_text_is_in_some_output(document: str) -> None:
    text = (ROOT / document).read_text("utf-8")
    prose = re.sub(r"^```(\w+)\n(.*?)^```$", "", text, flags=re.S | re.M)
    shown = " ".join(step.output or "" for step in steps(document))
    assert all(number in shown for number in re.findall(r"\d+\.\d+", prose))
