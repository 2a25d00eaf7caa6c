"""``python -m deploy.local.forkserver DESCRIPTOR``: forks a process for each order; see `launcher`.

It imports the code of all services once. The descriptor is its end of a stream socket. An order is its length in
four bytes, with two descriptors (the new process's log, and a pipe that gets how the process ended), and then a
JSON object. The new process answers with its number in four bytes. The server ends with the process that gives
the orders.
"""

import gc
import json
import os
import signal
import socket
import sys
from contextlib import suppress
from importlib import import_module
from pkgutil import resolve_name
from selectors import EVENT_READ, DefaultSelector
from typing import Any

from setproctitle import setproctitle

from deploy.services import NAMES

Order = dict[str, Any]
# What a service imports only while it starts: a quarter of what its start costs, most of it by the first of them.
LATER = (
    "requests",  # by the exporter of spans
    "encodings.idna",
    "fastapi.telemetry._runtime",
    "uvicorn.lifespan.on",
    "uvicorn.loops.uvloop",
)


def preload() -> None:
    """Import what children need, and keep the garbage collector away from it, so that its memory stays shared."""
    setproctitle(
        "steward fork server"
    )  # first of all: it finds its place by an environment that is unchanged
    for name in NAMES:
        import_module(f"services.{name}.main")
    for module in ("deploy.local.traces", "deploy.reader_accounts.process", "shared.server", *LATER):
        import_module(module)
    gc.collect()
    gc.freeze()


def take_orders(orders: socket.socket) -> Order | None:
    """Fork a process for each order until there are no more. In such a process: return what it is to do."""
    ended, wake = socket.socketpair()
    ended.setblocking(False)
    wake.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    running: dict[int, int] = {}
    with DefaultSelector() as selector, ended, wake:
        selector.register(orders, EVENT_READ)
        selector.register(ended, EVENT_READ)
        while True:
            ready = [key.fileobj for key, _ in selector.select()]
            if ended in ready:
                ended.recv(4096)
                report(running)
            if orders not in ready:
                continue
            if (found := next_order(orders)) is None:
                return None
            order, log, status = found
            if (child := os.fork()) == 0:
                orders.send(os.getpid().to_bytes(4))
                signal.set_wakeup_fd(-1)
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
                become(order, log, [log, status, *running.values(), orders.detach()])
                return order
            os.close(log)
            running[child] = status


def next_order(orders: socket.socket) -> tuple[Order, int, int] | None:
    """An order, and the descriptors of its log and of its pipe; None when their sender has ended."""
    length, descriptors, _, _ = socket.recv_fds(orders, 4, 2)
    size = int.from_bytes(length)
    with orders.makefile("rb") as stream:
        content = stream.read(size) if size else b""
    if len(descriptors) < 2 or len(content) < size:
        return None
    return json.loads(content), descriptors[0], descriptors[1]


def report(running: dict[int, int]) -> None:
    """Say of each process that has ended how it did."""
    for child in list(running):
        pid, status = os.waitpid(child, os.WNOHANG)
        if pid:
            pipe = running.pop(child)
            with suppress(BrokenPipeError):  # nobody asks any more
                os.write(pipe, str(os.waitstatus_to_exitcode(status)).encode())
            os.close(pipe)


def become(order: Order, log: int, inherited: list[int]) -> None:
    """In a new process: its own session, so that Ctrl-C reaches the supervisor alone, outputs, name and folder."""
    os.setsid()
    os.chdir(order["folder"])
    for standard in (1, 2):
        os.dup2(log, standard)
    for descriptor in inherited:
        os.close(descriptor)
    setproctitle(order["title"])
    os.environ.clear()
    os.environ.update(order["environment"])


if __name__ == "__main__":
    preload()
    if (own := take_orders(socket.socket(fileno=int(sys.argv[1])))) is not None:
        resolve_name(own["main"])(*own["arguments"])
