"""Paper forms from a dealer day of the south branch, typed into a sheet and imported as a wave."""

from __future__ import annotations

import csv
import io
import math
from datetime import datetime

import numpy as np

from manyi.demo import latent, verbatims
from manyi.measures.tree import Tree
from manyi.people.models import OrgUnit
from manyi.scope import Scope
from manyi.surveys.mapping import WaveMap
from manyi.surveys.models import TreeVersion, Wave
from manyi.surveys.services import imports

CODE = "dealer-day"
COMMENT = "意见建议"


def import_paper_wave(
    scope: Scope, *, tree: TreeVersion, count: int, rng: np.random.Generator, at: datetime
) -> Wave:
    """A closed wave of `count` forms, by the import a person would use."""
    people = latent.People(
        unit=np.full(count, "south"), segment=rng.choice(latent.SEGMENTS, count),
        tier=rng.choice(latent.TIERS, count), bond=rng.standard_normal(count),
    )  # fmt: skip
    drawn = latent.draw(people, period=2, rng=rng)
    leaves = {
        place.node.name["zh"]: str(place.node.column) for place in Tree.from_dict(tree.definition).leaves()
    }
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow([*leaves, COMMENT])
    for i in range(count):
        points = {column: float(drawn.answers[column][i]) for column in leaves.values()}
        cells = ["" if math.isnan(point) else str(int(point)) for point in points.values()]
        text = verbatims.comment(points, language="zh", rng=rng) if rng.random() < 0.3 else ""
        writer.writerow([*cells, text])
    row = imports.upload(
        scope, data=file.getvalue().encode("gb18030"), name="经销商会议纸质问卷.csv",
        unit=OrgUnit.objects.get(code="south"), at=at, encoding="gb18030",
    )  # fmt: skip
    chosen = WaveMap(
        name={"zh": "南区经销商会议（纸质问卷）", "en": "Dealer day, south (paper forms)"},
        date=at.date().isoformat(), code=CODE, tree=tree.tree.code, items=leaves, texts=(COMMENT,),
    )  # fmt: skip
    imports.choose(scope, row=row, chosen=chosen)
    found = imports.run(scope, row=row, at=at)
    if row.wave is None:
        raise ValueError(f"the demo's paper forms have faults: {found.problems or found.rows}")
    return row.wave
