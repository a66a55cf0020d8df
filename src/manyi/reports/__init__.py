"""Today, PDF and XLSX reports, the analyst's `manyi report`: reads everything, owns nothing.

Entry points: `document`, `views.today`.
"""
