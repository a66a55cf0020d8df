from django.urls import path

from manyi.complaints.views import receiving

urlpatterns = [
    path("complaints/receive/", receiving.receive, name="receive-complaint"),
    path("complaints/receive/lookup/", receiving.lookup, name="receive-lookup"),
    path("complaints/receive/file/", receiving.customer_file, name="receive-file"),
    path("complaints/receive/similar/", receiving.similar_ones, name="receive-similar"),
    path("complaints/<slug:number>/received/", receiving.received, name="complaint-received"),
]
