"""Addresses of touchpoints, standards, audits, visits and self-assessment."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
