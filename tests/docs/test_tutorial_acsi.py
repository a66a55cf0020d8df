"""The ACSI tutorial is run as it stands, in both languages: files, commands, code, output, numbers in the text."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PAGES = ("docs/tutorial-acsi.md", "docs/tutorial-acsi.zh.md")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.S | re.M)


class Step(NamedTuple):
    kind: str
    content: str
    output: str | None


def steps(page: str) -> list[Step]:
    """Code blocks in order, each with the text block that follows it at once."""
    text = (ROOT / page).read_text("utf-8")
    blocks = list(BLOCK.finditer(text))
    found = []
    for block, after in zip(blocks, [*blocks[1:], None], strict=True):
        if block[1] != "text":
            shown = after is not None and after[1] == "text" and after.start() == block.end() + 1
            found.append(Step(block[1], block[2], after[2] if shown and after else None))
    return found


def run(page: str, folder: Path) -> list[tuple[Step, str]]:
    """What every step prints, run in a folder of its own; the Python blocks share one session."""
    shutil.copytree(ROOT / "docs/examples", folder / "docs/examples")
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}", "PYTHONDONTWRITEBYTECODE": "1"
    }  # fmt: skip
    found, session = [], ""
    for step in steps(page):
        if step.kind == "yaml":
            name = step.content.splitlines()[0].removeprefix("# ")
            (folder / name).write_text(step.content, "utf-8")
            found.append((step, ""))
            continue
        command = ["sh", "-c", step.content]
        if step.kind == "python":
            mark = "print('-- next --')\n"
            session += (mark if session else "") + step.content
            command = [sys.executable, "-c", session]
        done = subprocess.run(
            command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        found.append((step, done.stdout.rpartition("-- next --\n")[2]))
    return found


@pytest.mark.parametrize("page", PAGES)
def test_every_command_prints_what_the_page_shows(page: str, tmp_path: Path) -> None:
    outputs = run(page, tmp_path)
    assert len(outputs) > 10
    for step, printed in outputs:
        assert "Traceback" not in printed, printed
        if step.output is not None:
            assert printed == step.output, step.content
    assert "<svg" in (tmp_path / "report.html").read_text("utf-8")


@pytest.mark.parametrize("page", PAGES)
def test_every_decimal_in_the_text_is_in_some_output_or_is_a_limit(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    prose = BLOCK.sub("", text)
    shown = " ".join(step.output or "" for step in steps(page))
    limits = {"0.5", "0.7", "0.9"}
    for number in re.findall(r"\d+\.\d+", prose):
        assert number in limits or re.search(rf"(?<![\d.]){re.escape(number)}(?!\d)", shown), number


def test_both_languages_run_the_same_code() -> None:
    english, chinese = (
        [(s.kind, re.sub(r" --language en", "", s.content)) for s in steps(page)] for page in PAGES
    )
    assert english == chinese


def test_the_last_model_of_the_page_is_the_example_and_the_data_are_as_generated() -> None:
    example = yaml.safe_load((ROOT / "docs/examples/acsi.yaml").read_text("utf-8"))
    shown = [s.content for s in steps(PAGES[0]) if s.kind == "yaml"][-1]
    assert yaml.safe_load(shown) | {"bootstrap": 1000, "seed": 1} == example
    made = subprocess.run(
        [sys.executable, str(ROOT / "docs/examples/acsi.py")], capture_output=True, text=True, check=True
    )
    assert made.stdout == (ROOT / "docs/examples/acsi.csv").read_text("utf-8")
