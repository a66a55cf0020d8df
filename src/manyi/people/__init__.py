"""The organisation, its tree of org units, its users and what they may do.

Entry points: `access.scope_of(user)`, `services`, `rights.ROLES`.
"""
