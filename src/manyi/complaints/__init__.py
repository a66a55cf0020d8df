"""Complaints 客诉, from the first word to the verified end (ISO 10002 clauses 7 and 8; D1–D10).

Three ways in: `services.cases.receive` opens a complaint whatever the channel, `queries.cases.visible` is every
read's first filter, `lifecycle.TRANSITIONS` says which states follow which.
"""
