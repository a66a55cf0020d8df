from django.urls import path

from manyi.events import views

urlpatterns = [path("jobs/<uuid:key>/", views.job, name="job")]
