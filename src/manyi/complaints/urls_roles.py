from django.urls import path

from manyi.complaints.views import roles

urlpatterns = [
    path("complaints/roles/", roles.overview, name="complaint-roles"),
    path("complaints/people-of-unit/", roles.people_of_unit, name="people-of-unit"),
    path("complaints/<slug:number>/roles/", roles.change, name="complaint-change-role"),
]
