from django.urls import path

from manyi.people import views, views_calendars

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
    path("settings/calendars/", views_calendars.calendars, name="calendars"),
    path("settings/calendars/new/", views_calendars.edit, name="calendar-new"),
    path("settings/calendars/<int:pk>/", views_calendars.calendar, name="calendar"),
    path("settings/calendars/<int:pk>/edit/", views_calendars.edit, name="calendar-edit"),
    path("settings/calendars/<int:pk>/remove-day/", views_calendars.remove_day, name="calendar-remove-day"),
    path("settings/calendars/<int:pk>/import/", views_calendars.import_days, name="calendar-import-days"),
    path("settings/events/", views.event_log, name="event-log"),
]
