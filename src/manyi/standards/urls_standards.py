from django.urls import path, re_path

from manyi.standards.views import standards

urlpatterns = [
    path("service-standards/", standards.standards, name="service-standards"),
    path("new-service-standard/", standards.edit, name="new-service-standard"),
    path("service-standards/<slug:code>/", standards.standard, name="service-standard"),
    path("service-standards/<slug:code>/edit/", standards.edit, name="edit-service-standard"),
    re_path(
        r"^service-standards/(?P<code>[-\w]+)/history\.(?P<kind>csv|png)$",
        standards.history,
        name="service-standard-history",
    ),
]
