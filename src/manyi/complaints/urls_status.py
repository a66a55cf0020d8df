from django.urls import path

from manyi.complaints.views import status

urlpatterns = [
    path("c/", status.find, name="complaint-find"),
    path("c/<slug:number>/<slug:secret>/", status.status, name="complaint-status"),
    path("c/<slug:number>/<slug:secret>/files/<int:pk>/", status.file, name="complaint-status-file"),
]
