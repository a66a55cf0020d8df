from django.urls import path

from manyi.complaints.views import work_orders

urlpatterns = [
    path("work-orders/", work_orders.work_orders, name="work-orders"),
    path("work-orders/<int:pk>/act/", work_orders.act, name="work-order-act"),
    path("complaints/<slug:number>/work-orders/", work_orders.send, name="send-work-order"),
    path("complaints/<slug:number>/suggestion/", work_orders.suggestion, name="routing-suggestion"),
]
