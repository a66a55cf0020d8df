"""Public addresses of respondents."""

from django.urls import path

from manyi.surveys.views import respond

urlpatterns = [
    path("s/<slug:token>/", respond.respond, name="respond"),
    path("o/<slug:token>/", respond.respond_open, name="respond-open"),
]
