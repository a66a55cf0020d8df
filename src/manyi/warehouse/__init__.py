"""Answers as Parquet by wave, and every analytical query as one Ibis expression (DuckDB by default).

Entry points: `store`, `reads`.
"""
