"""Surveys of staff: planning them, and the public address of a slip."""

from django.urls import path

from manyi.surveys.views import staff, staff_respond

urlpatterns = [
    path("staff-surveys/", staff.staff_surveys, name="staff-surveys"),
    path("staff-surveys/new/", staff.create, name="staff-survey-create"),
    path("staff-surveys/<slug:code>/", staff.staff_survey, name="staff-survey"),
    path("staff-surveys/<slug:code>/open/", staff.open_, name="staff-survey-open"),
    path("staff-surveys/<slug:code>/close/", staff.close, name="staff-survey-close"),
    path("staff-surveys/<slug:code>/delete/", staff.delete, name="staff-survey-delete"),
    path("staff-surveys/<slug:code>/slips/<int:unit>/print/", staff.print_, name="staff-slips-print"),
    path("staff-surveys/<slug:code>/slips/<int:unit>/mail/", staff.mail, name="staff-slips-mail"),
    path("e/<slug:token>/", staff_respond.respond, name="staff-respond"),
]
