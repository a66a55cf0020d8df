"""The one append-only event log, and the jobs that react to it.

Audit trail, customer timeline, webhooks and cross-app reactions all read this log (ISO 9001 §7.5.3).
Entry points: `services.publish`, `catalogue`, `queue.enqueue`.
"""
