from django.urls import path

from manyi.people import views

urlpatterns = [
    path("account/", views.account, name="account"),
    path("settings/", views.settings, name="settings"),
]
