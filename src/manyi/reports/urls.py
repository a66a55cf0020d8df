from django.urls import path

from manyi.reports import views, views_review, views_schedules

urlpatterns = [
    path("", views.today, name="today"),
    path("executive/", views_review.executive, name="executive"),
    path("executive/index.csv", views_review.trend_csv, name="executive-csv"),
    path("executive/order/", views_review.order, name="order-review"),
    path("reports/", views.reports, name="reports"),
    path("reports/evidence/", views_review.evidence, name="evidence-report"),
    path("reports/schedules/", views_schedules.report_schedules, name="report-schedules"),
    path("reports/schedules/new/", views_schedules.new_schedule, name="new-report-schedule"),
    path("reports/schedules/<int:pk>/", views_schedules.schedule, name="report-schedule"),
    path("reports/schedules/<int:pk>/leave/", views_schedules.leave_schedule, name="leave-report-schedule"),
    path(
        "reports/schedules/<int:pk>/delete/", views_schedules.delete_schedule, name="delete-report-schedule"
    ),
    path("reports/<slug:code>/order/", views.order, name="order-report"),
    path("reports/files/<uuid:key>/", views.report_file, name="report-file"),
]
