"""The engine that runs the expressions: DuckDB in this process, or another one that a URL names.

`MANYI_ANALYTICS_URL` is `duckdb://` (default) or `spark://HOST:PORT`, a Spark cluster that sees the same data
folder and has `pyspark` installed here; the expressions are the same. `MANYI_ANALYTICS_MEMORY` limits DuckDB.
"""

from __future__ import annotations

import os
import threading
from collections import OrderedDict
from pathlib import Path
from typing import Any

import ibis
import pyarrow as pa

MOST_FILES = 64
_local = threading.local()


class EngineError(RuntimeError):
    """The analytical engine cannot be reached; the text says which setting to look at."""


def connection() -> Any:
    """This thread's connection; it is made on first use."""
    found = getattr(_local, "connection", None)
    if found is None:
        found = _local.connection = _connect(os.environ.get("MANYI_ANALYTICS_URL", "duckdb://"))
        _local.files = OrderedDict()
    return found


def _connect(url: str) -> Any:
    if url.startswith("duckdb://"):
        return ibis.duckdb.connect(memory_limit=os.environ.get("MANYI_ANALYTICS_MEMORY", "1GB"))
    if url.startswith("spark://"):
        try:
            from pyspark.sql import SparkSession  # type: ignore[import-not-found, unused-ignore]
        except ImportError as error:
            raise EngineError(f"MANYI_ANALYTICS_URL is {url}, but pyspark is not installed.") from error
        return ibis.pyspark.connect(SparkSession.builder.master(url).appName("manyi").getOrCreate())
    raise EngineError(f"MANYI_ANALYTICS_URL must begin with duckdb:// or spark://, not {url!r}.")


def parquet(path: Path) -> Any:
    """The rows of a Parquet file. A file is never changed in place, so its path says which rows these are."""
    backend = connection()
    files: OrderedDict[Path, Any] = _local.files
    if path not in files:
        files[path] = backend.read_parquet(str(path))
        if len(files) > MOST_FILES:
            _path, old = files.popitem(last=False)
            backend.drop_view(old.get_name(), force=True)
    files.move_to_end(path)
    return files[path]


def run(expression: Any) -> pa.Table:
    """The expression's rows."""
    return connection().to_pyarrow(expression)
