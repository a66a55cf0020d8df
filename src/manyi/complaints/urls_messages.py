from django.urls import path

from manyi.complaints.views import files, mailbox, messages

urlpatterns = [
    path("complaints/mailbox/", mailbox.mails, name="mailbox"),
    path("complaints/mailbox/<int:pk>/", mailbox.mail, name="mailbox-mail"),
    path("complaints/mailbox/<int:pk>/raw/", mailbox.raw, name="mailbox-raw"),
    path("complaints/<slug:number>/messages/", messages.send, name="complaint-messages"),
    path("complaints/<slug:number>/acknowledged/", messages.acknowledged, name="complaint-acknowledged"),
    path("complaints/<slug:number>/files/", messages.upload, name="complaint-files"),
    path("complaints/<slug:number>/files/<int:pk>/", files.attachment, name="complaint-file"),
]
