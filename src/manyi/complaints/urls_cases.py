from django.urls import path

from manyi.complaints.views import cases

urlpatterns = [
    path("complaints/<slug:number>/", cases.detail, name="complaint"),
    path("complaints/<slug:number>/act/", cases.act, name="complaint-act"),
    path("complaints/<slug:number>/edit/", cases.edit, name="complaint-edit"),
]
