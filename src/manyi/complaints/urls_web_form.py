from django.urls import path

from manyi.complaints.views import web_form

urlpatterns = [
    path("complain/", web_form.complain, name="complain"),
    path("complain/<str:code>/", web_form.complain, name="complain-unit"),
    path("complain/thanks/<slug:number>/<slug:secret>/", web_form.complained, name="complained"),
]
