from django.urls import path

from manyi.people import views

urlpatterns = [
    path("account/", views.account, name="account"),
    path("account/tokens/", views.create_token, name="create-token"),
    path("account/tokens/<int:pk>/revoke/", views.revoke_token, name="revoke-token"),
    path("settings/", views.settings, name="settings"),
    path("settings/units/", views.units, name="units"),
    path("settings/units/<int:pk>/", views.unit, name="unit"),
    path("settings/users/", views.users, name="users"),
    path("settings/users/new/", views.user, name="new-user"),
    path("settings/users/<int:pk>/", views.user, name="user"),
    path("settings/events/", views.event_log, name="event-log"),
]
