from django.urls import path, re_path

from manyi.complaints.views import listing

urlpatterns = [
    path("complaints/", listing.complaints, name="complaints"),
    path("complaints/bulk/", listing.bulk, name="complaints-bulk"),
    path("complaints/filters/", listing.save_filter, name="complaint-filter-save"),
    path("complaints/filters/<int:pk>/delete/", listing.delete_filter, name="complaint-filter-delete"),
    re_path(r"^complaints/export\.(?P<format>csv|xlsx)$", listing.export, name="complaints-export"),
]
