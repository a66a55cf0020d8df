"""The visual language: base layout, components, static sources, translations of shared words.

Entry points: `templates/web/base.html`, `templates/web/components/`, `navigation.MENU`.
"""
