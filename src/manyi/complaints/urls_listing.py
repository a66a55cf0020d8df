from django.urls import path, re_path

from manyi.complaints.views import importing, listing

urlpatterns = [
    path("complaints/", listing.complaints, name="complaints"),
    path("complaints/bulk/", listing.bulk, name="complaints-bulk"),
    path("complaints/filters/", listing.save_filter, name="complaint-filter-save"),
    path("complaints/filters/<int:pk>/delete/", listing.delete_filter, name="complaint-filter-delete"),
    re_path(r"^complaints/export\.(?P<format>csv|xlsx)$", listing.export, name="complaints-export"),
    path("complaints/imports/", importing.complaint_imports, name="import-complaints"),
    path("complaints/imports/<uuid:key>/", importing.complaint_import, name="complaint-import"),
    path("complaints/imports/<uuid:key>/errors.csv", importing.error_file, name="complaint-import-errors"),
]
