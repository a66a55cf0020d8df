"""Import of 130,000 responses through the services: seconds of each step, peak memory, correctness.

    python benchmarks/imports.py [FILE]

Without FILE a table of 130,000 rows and 24 columns is drawn at random. Limits: 60 s and 1.5 GB.
"""

from __future__ import annotations

import gzip
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

ROWS = 130_000


def drawn() -> bytes:
    import numpy as np

    rng = np.random.default_rng(7)
    names = (
        [f"Item {i}" for i in range(1, 15)]
        + [f"Group {i}" for i in range(1, 6)]
        + [f"Number {i}" for i in range(5)]
    )
    items = rng.integers(0, 6, (ROWS, 14)).astype(str)
    groups = np.char.add("Value ", rng.integers(1, 6, (ROWS, 5)).astype(str))
    numbers = rng.integers(0, 5000, (ROWS, 5)).astype(str)
    lines = [",".join(names), *(",".join(row) for row in np.hstack([items, groups, numbers]))]
    return gzip.compress("\n".join(lines).encode(), 3)


def main() -> None:
    folder = tempfile.TemporaryDirectory()
    os.environ["MANYI_DATA_DIR"] = folder.name
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "manyi.config.settings")
    os.environ.setdefault("MANYI_LOG_LEVEL", "WARNING")
    import django

    django.setup()
    from django.core.management import call_command
    from django.utils.timezone import now  # noqa: TID251

    from manyi.people.services import create_org_unit
    from manyi.scope import Scope
    from manyi.surveys.services import imports

    call_command("migrate", verbosity=0)
    scope, at = Scope.system("benchmark"), now()
    unit = create_org_unit(scope, code="group", name={"zh": "集团", "en": "Group"}, parent=None, at=at)
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    data, name = (path.read_bytes(), path.name) if path else (drawn(), "drawn.csv.gz")

    start = time.perf_counter()
    row = imports.upload(scope, data=data, name=name, unit=unit, at=at)
    uploaded = time.perf_counter()
    from manyi.surveys.mapping import WaveMap

    found = imports.examine(scope, WaveMap.from_dict(row.mapping), row.table())
    examined = time.perf_counter()
    imports.run(scope, row=row, at=at)
    done = time.perf_counter()
    assert found.usable
    assert row.wave is not None
    assert row.wave.responses.count() == row.rows
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{row.rows} rows of {name}")
    print(f"upload and guess   {uploaded - start:6.1f} s")
    print(f"preview            {examined - uploaded:6.1f} s")
    print(f"import             {done - examined:6.1f} s")
    print(f"all                {done - start:6.1f} s   {(done - start) / 60:6.2f} of the limit of 60 s")
    print(f"peak memory        {peak:6.0f} MB  {peak / 1536:6.2f} of the limit of 1536 MB")


if __name__ == "__main__":
    main()
