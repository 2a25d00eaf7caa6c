"""Load from a process of its own, so that the client's work is not the server's: ``python -m tests.bench.load``.

Reads one job as JSON from standard input: {"port", "clients", "requests": [[method, path, token, body]]};
sends every request once, spread over keep-alive connections, and prints {"seconds", "latencies": ms}.
Ends with an error at the first answer that is no 2xx.
"""

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from typing import cast

import uvloop

Request = tuple[str, str, str, str]  # method, path, token, body


class Connection(asyncio.Protocol):
    """One keep-alive connection that sends the next request when the last one was answered."""

    def __init__(self, todo: Iterator[bytes], latencies: list[float]) -> None:
        self.todo = todo
        self.latencies = latencies
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.WriteTransport", transport)  # uvloop's is none by inheritance
        self.next()

    def next(self) -> None:
        request = next(self.todo, None)
        if request is None:
            self.transport.close()
            self.done.set_result(None)
            return
        self.answer = b""
        self.began = time.perf_counter()
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self.answer += data
        head, found, body = self.answer.partition(b"\r\n\r\n")
        if not found or not complete(head.lower(), body):
            return
        self.latencies.append((time.perf_counter() - self.began) * 1000)
        if not head.startswith(b"HTTP/1.1 2"):
            self.done.set_exception(RuntimeError(self.answer[:600].decode(errors="replace")))
            return
        self.next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.done.set_exception(error or ConnectionResetError("closed by the server"))


def complete(head: bytes, body: bytes) -> bool:
    """Whether the body is all there."""
    if b"transfer-encoding: chunked" in head:
        return body.endswith(b"0\r\n\r\n")
    length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
    return len(body) >= int(length or 0)


def encoded(request: Request) -> bytes:
    """A request as it goes over the wire."""
    method, path, token, body = request
    head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
    kind = "Content-Type: application/json\r\n" if body else ""
    return f"{head}{kind}Content-Length: {len(body.encode())}\r\n\r\n{body}".encode()


async def send(port: int, clients: int, requests: Sequence[Request]) -> dict[str, object]:
    """Send everything; how long it took and each latency in milliseconds."""
    todo, latencies = iter([encoded(request) for request in requests]), list[float]()
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    made = [
        await loop.create_connection(lambda: Connection(todo, latencies), "127.0.0.1", port)
        for _ in range(clients)
    ]
    await asyncio.gather(*(connection.done for _, connection in made))
    return {"seconds": time.perf_counter() - began, "latencies": latencies}


def run(port: int, clients: int, requests: Sequence[Request]) -> tuple[float, list[float]]:
    """Run a job in another process: (seconds, latencies in ms)."""
    job = json.dumps({"port": port, "clients": clients, "requests": requests})
    command = [sys.executable, "-m", "tests.bench.load"]
    done = subprocess.run(command, input=job, capture_output=True, text=True, timeout=300)
    if done.returncode:
        raise RuntimeError(done.stderr[-800:])
    found = json.loads(done.stdout)
    return found["seconds"], found["latencies"]


if __name__ == "__main__":
    given = json.load(sys.stdin)
    print(json.dumps(uvloop.run(send(given["port"], given["clients"], given["requests"]))))
