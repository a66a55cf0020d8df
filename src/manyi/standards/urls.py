"""Addresses of touchpoints, standards, audits, visits and self-assessment."""

from django.urls import include, path

urlpatterns = [
    path("", include("manyi.standards.urls_touchpoints")),
    path("", include("manyi.standards.urls_standards")),
    path("", include("manyi.standards.urls_audits")),
    path("", include("manyi.standards.urls_visits")),
    path("", include("manyi.standards.urls_appraisals")),
    path("", include("manyi.standards.urls_assessments")),
]
