"""The docs are true: paths exist, links lead somewhere, settings and commands are described, examples run."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
import yaml

from manyi.cli import app
from manyi.measures.tree import Tree
from manyi.surveys.questionnaire import parse

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])


@pytest.mark.parametrize("document", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_links_and_pictures_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", document.read_text("utf-8")):
        if not target.startswith(("http:", "https:")):
            assert (document.parent / target).exists(), target


def _rows(name: str) -> list[list[str]]:
    lines = (ROOT / name).read_text("utf-8").splitlines()
    rows = [[c.strip() for c in line.strip("|").split("|")] for line in lines if line.startswith("|")]
    return rows[2:]


def test_where_is_names_real_places() -> None:
    for _question, path, name in _rows("docs/where-is.md"):
        source = ROOT / path.strip("`")
        assert source.is_file(), path
        if name:
            tree = ast.parse(source.read_text("utf-8"))
            names = {n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef | ast.ClassDef)}
            names |= {
                t.id
                for n in tree.body
                if isinstance(n, ast.Assign)
                for t in n.targets
                if isinstance(t, ast.Name)
            }
            names |= {
                n.target.id
                for n in tree.body
                if isinstance(n, ast.AnnAssign) and isinstance(n.target, ast.Name)
            }
            assert name.strip("`") in names, f"{path}: {name}"


def test_every_setting_is_described() -> None:
    described = set(
        re.findall(r"`(MANYI_\w+|DATABASE_URL)`", (ROOT / "docs/reference/settings.md").read_text("utf-8"))
    )
    used: set[str] = set()
    for source in (ROOT / "src").rglob("*.py"):
        if source.name != "settings_test.py":
            used |= set(re.findall(r"\"(MANYI_[A-Z_]+|DATABASE_URL)\"", source.read_text("utf-8")))
    assert used == described


def test_every_command_is_described() -> None:
    headings = re.findall(r"^## manyi (\S+)$", (ROOT / "docs/reference/commands.md").read_text("utf-8"), re.M)
    names = [c.name or c.callback.__name__.replace("_", "-") for c in app.registered_commands if c.callback]
    assert sorted(headings) == sorted(names)


def test_the_format_pages_hold_examples_that_work() -> None:
    def example(name: str) -> object:
        text = (ROOT / "docs/reference" / name).read_text("utf-8")
        return yaml.safe_load(re.findall(r"```yaml\n(.*?)```", text, re.S)[0])

    assert Tree.from_dict(example("tree-format.md")).columns() == ("on_time", "damaged", "service")  # type: ignore[arg-type]
    assert set(parse(example("questionnaire-format.md")).columns()) == {"on_time", "complete", "nps", "why"}


def test_every_library_is_accounted_for() -> None:
    text = (ROOT / "docs/dependencies.md").read_text("utf-8").lower()
    project = (ROOT / "pyproject.toml").read_text("utf-8")
    block = project[project.index("\ndependencies = [") : project.index("]\n\n[project.scripts]")]
    known = {"ibis-framework": "ibis", "psycopg": "psycopg 3", "django": "django 5.2", "resvg-py": "resvg-py"}
    for name in re.findall(r'^    "([a-z0-9-]+)', block, re.M):
        assert known.get(name, name) in text, name


def test_the_example_report_of_the_readme_runs(tmp_path: Path) -> None:
    from datetime import date

    from manyi.reports import analyst

    folder = ROOT / "docs/examples"
    result = analyst.run(
        folder / "answers.csv",
        tree=folder / "tree.yaml",
        out=tmp_path / "r.json",
        by=["branch"],
        made=date(2026, 1, 1),
    )
    assert result.n == 299  # one of 300 rows answered less than half
    index = {name: group.index or 0 for name, group in result.groups["branch"].items()}
    assert index["West"] < index["East"] < index["North"]
