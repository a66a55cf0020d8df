from django.urls import path

from manyi.complaints.views import follow_ups

urlpatterns = [
    path("follow-ups/", follow_ups.follow_ups, name="follow-ups"),
    path("follow-ups/rules/", follow_ups.rules, name="follow-up-rules"),
    path("follow-ups/<int:pk>/", follow_ups.call, name="follow-up"),
    path("follow-ups/<int:pk>/act/", follow_ups.act, name="follow-up-act"),
    path("complaints/<slug:number>/follow-ups/", follow_ups.panel, name="complaint-follow-ups"),
]
