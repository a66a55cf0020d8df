"""Mail in and out: the outside world's edge.

Entry points: `services.queue_mail`, `jobs.send_due`, `jobs.read_inbox`.
"""
