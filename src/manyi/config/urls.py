"""All addresses. Every app brings its own; a missing one is left out of the menu."""

from django.urls import include, path

from manyi.config.api import api

urlpatterns = [
    path("", include("manyi.web.urls")),
    path("", include("manyi.events.urls")),
    path("", include("manyi.people.urls")),
    path("", include("manyi.messaging.urls")),
    path("", include("manyi.customers.urls")),
    path("", include("manyi.surveys.urls")),
    path("", include("manyi.insights.urls")),
    path("", include("manyi.reports.urls")),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", api.urls),
]
