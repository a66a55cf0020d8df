from django.urls import path, re_path

from manyi.insights import views_staff as views

urlpatterns = [
    path("results/staff-and-customers/", views.link, name="staff-link"),
    path("results/staff-and-customers/units.csv", views.link_table, name="staff-link-table"),
    re_path(
        r"^results/staff-and-customers/(?P<name>scatter)\.(?P<kind>csv|png)$",
        views.link_picture,
        name="staff-link-picture",
    ),
    path("staff-results/<slug:code>/", views.staff_result, name="staff-result"),
    re_path(
        r"^staff-results/(?P<code>[-\w]+)/figures\.(?P<kind>csv|xlsx)$",
        views.staff_export,
        name="staff-export",
    ),
    re_path(
        r"^staff-results/(?P<code>[-\w]+)/(?P<name>units|heat|dimensions|items|drivers)\.(?P<kind>csv|png)$",
        views.staff_picture,
        name="staff-picture",
    ),
]
