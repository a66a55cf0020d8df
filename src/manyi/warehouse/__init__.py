"""Answers as Parquet by wave, and every analytical query as one Ibis expression (DuckDB by default).

Entry points: `store.write`, `reads.answers`, `reads.index_moments`.
"""
