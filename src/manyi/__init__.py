"""Manyi (满意): a closed-loop customer satisfaction management system.

Entry points: the `manyi` command (`manyi.cli`), the statistics (`manyi.measures`, usable without
Django) and the HTTP API (`manyi.config.api`).
"""

__version__ = "0.1.0"
