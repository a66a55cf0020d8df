from django.urls import include, path

from manyi.customers import views, views_file, views_file_imports, views_imports

urlpatterns = [
    path("", include("manyi.customers.urls_promises")),
    path("customers/", views.customers, name="customers"),
    path("customers/new/", views.new_customer, name="new-customer"),
    path("customers/export.csv", views.export, name="export-customers"),
    path("customers/imports/", views_imports.customer_imports, name="customer-imports"),
    path("customers/imports/<uuid:key>/", views_imports.customer_import, name="customer-import"),
    path("customers/imports/<uuid:key>/errors.csv", views_imports.error_file, name="customer-import-errors"),
    path("customers/file-imports/", views_file_imports.file_imports, name="file-imports"),
    path("customers/file-imports/<uuid:key>/", views_file_imports.file_import, name="file-import"),
    path(
        "customers/file-imports/<uuid:key>/errors.csv",
        views_file_imports.error_file,
        name="file-import-errors",
    ),
    path("customers/<int:pk>/", views.customer, name="customer"),
    path("customers/<int:pk>/edit/", views.edit_customer, name="edit-customer"),
    path("customers/<int:pk>/contacts/new/", views.new_contact, name="new-contact"),
    path("customers/<int:pk>/products/new/", views_file.product, name="new-product"),
    path("customers/<int:pk>/products/<int:product_pk>/", views_file.product, name="edit-product"),
    path(
        "customers/<int:pk>/products/<int:product_pk>/remove/",
        views_file.remove_product,
        name="remove-product",
    ),
    path("customers/<int:pk>/orders/new/", views_file.order, name="new-order"),
    path("customers/<int:pk>/timeline/new/", views_file.interaction, name="new-interaction"),
    path("contacts/<int:pk>/", views.edit_contact, name="edit-contact"),
    path("contacts/<int:pk>/action/", views.contact_action, name="contact-action"),
]
