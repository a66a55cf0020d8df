from django.urls import path

from manyi.customers import views, views_imports

urlpatterns = [
    path("customers/", views.customers, name="customers"),
    path("customers/new/", views.new_customer, name="new-customer"),
    path("customers/export.csv", views.export, name="export-customers"),
    path("customers/imports/", views_imports.customer_imports, name="customer-imports"),
    path("customers/imports/<uuid:key>/", views_imports.customer_import, name="customer-import"),
    path("customers/imports/<uuid:key>/errors.csv", views_imports.error_file, name="customer-import-errors"),
    path("customers/<int:pk>/", views.customer, name="customer"),
    path("customers/<int:pk>/edit/", views.edit_customer, name="edit-customer"),
    path("customers/<int:pk>/contacts/new/", views.new_contact, name="new-contact"),
    path("contacts/<int:pk>/", views.edit_contact, name="edit-contact"),
    path("contacts/<int:pk>/action/", views.contact_action, name="contact-action"),
]
