"""Addresses of touchpoints, standards, audits, visits and self-assessment."""

from django.urls import include, path

urlpatterns = [
    path("", include("manyi.standards.urls_assessments")),
]
