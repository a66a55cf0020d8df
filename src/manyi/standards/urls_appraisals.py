from django.urls import path

from manyi.standards.views import appraisals

urlpatterns = [
    path("appraisals/", appraisals.appraisals, name="appraisals"),
    path("appraisals/new/", appraisals.new, name="appraisal-new"),
    path("appraisals/<int:pk>/", appraisals.appraisal, name="appraisal"),
    path("appraisals/<int:pk>/act/", appraisals.act, name="appraisal-act"),
    path("appraisals/<int:pk>/sheet.pdf", appraisals.report, name="appraisal-report"),
]
