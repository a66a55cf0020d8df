"""Closing the loop 改进闭环 (E1–E5): what is weak is found, decided on, acted on, verified and told.

ISO 9001 clauses 9.1.3 and 10, ISO 10004 clause 7.6. Three ways in: `services.findings.raise_finding` for
whatever should improve, `services.actions.plan` for what is done about it, `services.verifications.verify` for
whether it worked.
"""
