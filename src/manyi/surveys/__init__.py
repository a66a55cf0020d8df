"""Indicator trees, questionnaires, waves, samples, invitations, responses (ISO 10004, GB/T 19038).

Entry points: `services.waves.open_wave`, `services.responses.submit_response`, `queries`.
"""
