from django.urls import path

from manyi.reports import views

urlpatterns = [
    path("", views.today, name="today"),
    path("reports/", views.reports, name="reports"),
    path("reports/<slug:code>/order/", views.order, name="order-report"),
    path("reports/files/<uuid:key>/", views.report_file, name="report-file"),
]
