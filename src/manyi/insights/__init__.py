"""Results and dashboards of waves: where the measures meet the domains (ISO 9001 §9.1.2, ISO 10004).

Entry points: `queries.result_of`, `services.store_result`.
"""
