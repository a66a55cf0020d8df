"""Addresses of waves, and the public way out of being asked."""

from django.urls import path

from manyi.surveys.views import optout

urlpatterns = [
    path("u/<slug:token>/", optout.opt_out, name="opt-out"),
]
