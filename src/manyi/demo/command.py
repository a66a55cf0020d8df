"""What `manyi demo` shows: progress while the demo is made, then where it is and how to sign in."""

from __future__ import annotations

import logging
import os
import socket
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

STEPS = {
    "people": "组织与用户 Organisation and users",
    "customers": "客户名单 Customers",
    "satisfaction-1": "第一轮调查 First wave",
    "satisfaction-2": "第二轮调查 Second wave",
    "satisfaction-3": "第三轮调查 Third wave",
    "pulse": "进行中的调查 Running wave",
    "reports": "纸质问卷与报告 Paper forms, reports",
    "model": "结构模型 Structural model",
    "complaints": "投诉 Complaints",
    "improvement": "改进闭环 Improvement loop",
}


def port_free(port: int) -> bool:
    """Whether a server may listen on this port of the loopback address."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError):
            return False
    return True


def environment(address: str) -> None:
    """Settings of the demo, before they are read: its address, the hints on its pages, and mail that goes nowhere.

    The child processes of the server inherit them.
    """
    os.environ["MANYI_DEMO"] = "1"
    os.environ["MANYI_EMAIL_URL"] = "dummymail://"
    os.environ.setdefault("MANYI_BASE_URL", address)


def show_building(*, at: datetime) -> None:
    """Build the demo where it is not there yet, with a progress bar per step. Raises Refused."""
    from manyi.demo import build  # only now: Django must be set up before models are imported

    if build.built():
        return
    logging.getLogger("django-q").setLevel(logging.WARNING)
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as bars:
        tasks: dict[str, TaskID] = {
            step: bars.add_task(text, total=1, start=False) for step, text in STEPS.items()
        }

        def progress(step: str, done: int, total: int) -> None:
            bars.start_task(tasks[step])
            bars.update(tasks[step], completed=done, total=total)
            if done == total:
                bars.stop_task(tasks[step])

        build.build(at=at, progress=progress)


def show_address(address: str, folder: Path, *, serving: bool) -> None:
    from manyi.demo.organisation import PASSWORD, USERS

    console = Console()
    console.print(f"\n[bold]满意 Manyi[/bold]  {address if serving else folder}", highlight=False)
    if not serving:
        console.print(f"  manyi demo --data-dir {folder}", highlight=False)
    names = " · ".join(USERS)
    console.print(f"  用户名 user name: {names}", highlight=False, soft_wrap=True)
    console.print(f"  密码 password: {PASSWORD}\n", highlight=False)
