from django.urls import path

from manyi.complaints.views import work

urlpatterns = [
    path("my-work/", work.my_work, name="my-work"),
    path("my-work/card/", work.my_work_card, name="my-work-card"),
    path("complaints/board/", work.board, name="complaint-board"),
    path("complaints/board/<slug:number>/", work.move_form, name="complaint-move-form"),
    path("complaints/board/<slug:number>/move/", work.move, name="complaint-move"),
]
