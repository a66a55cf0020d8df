"""Addresses of waves, and the public way out of being asked."""

from django.urls import path

from manyi.surveys.views import optout, waves

urlpatterns = [
    path("waves/", waves.waves, name="waves"),
    path("waves/new/", waves.create, name="wave-create"),
    path("waves/preview/", waves.preview, name="wave-preview"),
    path("waves/<int:pk>/", waves.wave, name="wave"),
    path("waves/<int:pk>/progress/", waves.progress, name="wave-progress"),
    path("customers/<int:pk>/waves/", waves.of_customer, name="customer-waves"),
    path("waves/<int:pk>/edit/", waves.edit, name="wave-edit"),
    path("waves/<int:pk>/open/", waves.open_, name="wave-open"),
    path("waves/<int:pk>/close/", waves.close, name="wave-close"),
    path("waves/<int:pk>/delete/", waves.delete, name="wave-delete"),
    path("waves/<int:pk>/link/", waves.link, name="wave-link"),
    path("waves/<int:pk>/poster.<slug:kind>", waves.poster, name="wave-poster"),
    path("waves/<int:pk>/invitations/", waves.invitations, name="wave-invitations"),
    path("waves/<int:pk>/invitations/<int:invitation>/resend/", waves.resend, name="wave-resend"),
    path("waves/<int:pk>/not-asked/", waves.not_asked, name="wave-not-asked"),
    path("waves/<int:pk>/not-asked/<int:customer>/invite/", waves.invite, name="wave-invite"),
    path("u/<slug:token>/", optout.opt_out, name="opt-out"),
]
