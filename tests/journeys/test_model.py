"""An analyst draws a structural model in the form, watches it being fitted and reads the result."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Product, axe

pytestmark = pytest.mark.browser

PUT_IN = """
import csv, pathlib, tempfile
import numpy as np
import yaml
from django.utils import timezone
from manyi.demo import latent
from manyi.scope import Scope
from manyi.surveys.services.imports import run_import

n, rng = 400, np.random.default_rng(1)
people = latent.People(
    unit=rng.choice(latent.UNITS, n), segment=rng.choice(latent.SEGMENTS, n), tier=rng.choice(latent.TIERS, n),
    bond=rng.standard_normal(n),
)
drawn = latent.draw(people, period=2, rng=rng).answers
answers = {column: drawn[column] for column in latent.ITEMS}
folder = pathlib.Path(tempfile.mkdtemp())
with (folder / "answers.csv").open("w", newline="") as file:
    writer = csv.writer(file)
    writer.writerow(answers)
    writer.writerows([["" if np.isnan(x) else int(x) for x in row] for row in zip(*answers.values())])
tree = {"name": {"en": "Pumps"}, "scale": {"min": 1, "max": 5}, "tree": [
    {"code": key, "name": {"en": key.title()}, "weight": 1, "children": [
        {"code": column, "name": {"en": column}, "weight": 1, "column": column}
        for column, (construct, _mean) in latent.ITEMS.items() if construct == key]}
    for key in dict.fromkeys(construct for construct, _mean in latent.ITEMS.values())]}
wave = {"name": "Pumps", "date": "2026-02-01", "code": "pumps"}
(folder / "map.yaml").write_text(yaml.safe_dump({"wave": wave, "tree": tree, "items": list(answers)}))
run_import(Scope.system("test"), path=folder / "answers.csv", map_path=folder / "map.yaml", at=timezone.now())
"""


def test_a_model_is_drawn_fitted_and_read(product: Product, boss: Page) -> None:
    product.python(PUT_IN)
    boss.goto("/results/pumps/model/")
    boss.get_by_role("link", name=re.compile("Own model")).click()
    fit = boss.get_by_role("button", name="Fit the model")
    expect(fit).to_be_visible()
    for name in boss.locator("[name^=path-]:checked").evaluate_all("boxes => boxes.map(box => box.name)"):
        boss.locator(f"[name={name}]").uncheck()
    fit.click()
    expect(boss.get_by_role("alert")).to_contain_text("has no path")
    assert axe(boss) == []

    boss.goto("/results/pumps/model/new/?preset=own")
    boss.get_by_label("Seed").fill("7")
    fit.click()
    assert boss.get_by_role("alert").all_inner_texts() == []
    expect(boss.get_by_role("progressbar")).to_be_visible()
    boss.get_by_role("link", name="Continue").click(timeout=60_000)
    boss.wait_for_url("**/results/pumps/model/?run=*")
    expect(boss.get_by_role("heading", name="Path diagram")).to_be_visible()
    row = boss.get_by_role("row").filter(has_text=re.compile(r"^\s*Satisfaction\s*Loyalty"))
    value = float(re.findall(r"0\.\d{3}", row.first.inner_text())[0])
    assert 0.6 < value < 0.95
    assert axe(boss) == []
