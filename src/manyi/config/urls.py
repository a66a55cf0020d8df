"""All addresses. Every app brings its own; a missing one is left out of the menu."""

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import include, path

from manyi.config.api import api


def healthz(request: HttpRequest) -> HttpResponse:
    """200 when the database answers and its tables are up to date, else 503."""
    try:
        executor = MigrationExecutor(connection)
        ready = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        ready = False
    return JsonResponse({"status": "ok" if ready else "not ready"}, status=200 if ready else 503)


urlpatterns = [
    path("healthz", healthz),
    path("", include("manyi.web.urls")),
    path("", include("manyi.events.urls")),
    path("", include("manyi.people.urls")),
    path("", include("manyi.messaging.urls")),
    path("", include("manyi.customers.urls")),
    path("", include("manyi.knowledge.urls")),
    path("", include("manyi.standards.urls")),
    path("", include("manyi.surveys.urls")),
    path("", include("manyi.complaints.urls")),
    path("", include("manyi.insights.urls")),
    path("", include("manyi.improvement.urls")),
    path("", include("manyi.reports.urls")),
    path("accounts/", include("allauth.urls")),
    path("api/v1/", api.urls),
]
