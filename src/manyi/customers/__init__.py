"""Customer files: organisations and persons with their contacts (ISO 9001 §8.2.1).

Entry points: `services`, `queries.customers`, `imports`.
"""
