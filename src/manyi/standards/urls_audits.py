from django.urls import path

from manyi.standards.views import audits, checklists

AUDIT = {"kind": "audit"}

urlpatterns = [
    path("audits/", audits.audits, name="audits"),
    path("audits/new/", audits.new, name="audit-new"),
    path("audits/checklists/", checklists.checklists, AUDIT, name="checklists"),
    path("audits/checklists/new/", checklists.new, AUDIT, name="checklist-new"),
    path("audits/checklists/<int:pk>/", checklists.checklist, AUDIT, name="checklist"),
    path("audits/<int:pk>/", audits.audit, name="audit"),
    path("audits/<int:pk>/sheet/", audits.sheet, name="audit-sheet"),
    path("audits/<int:pk>/sheet/<int:mark>/", audits.answer, name="audit-answer"),
    path("audits/<int:pk>/sheet/<int:mark>/photos/", audits.photos, name="audit-photos"),
    path("audits/<int:pk>/photos/<int:photo>/", audits.photo, name="audit-photo"),
    path("audits/<int:pk>/submit/", audits.submit, name="audit-submit"),
    path("audits/<int:pk>/cancel/", audits.cancel, name="audit-cancel"),
]
