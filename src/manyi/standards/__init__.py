"""Touchpoints 接触点 and service standards 服务标准 (A8, B6, C9, C11): where customers are met, how they should be met,
and whether they are: live measures, audits, mystery visits, appraisal and the organisation's test of itself.

Entry points: `services` changes, `queries` reads, `sources.reading` asks the app that measures a standard.
"""
