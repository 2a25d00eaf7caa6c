"""What nat-servers say to each other over a link, message by message, from the bytes of one direction."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_LINE = re.compile(rb"[^\r\n]*\r\n")


@dataclass(frozen=True, slots=True)
class Message:
    """One message; `event` is the subject that it had in the stream it came from, where it came from one."""

    subject: str
    reply: str
    headers: bytes
    body: bytes

    @property
    def event(self) -> str:
        """The subject of the event that is carried, empty where it is something else."""
        return self.reply.partition("@")[2] if self.reply.startswith("$JS.ACK.") else ""


def messages(flow: bytes) -> Iterator[Message]:
    """The messages of one direction of one connection; one that was cut off is left out."""
    place = 0
    while line := _LINE.match(flow, place):
        verb, *words = line.group().split()
        place = line.end()
        if verb not in (b"LMSG", b"HMSG"):
            continue
        size = int(words[-1])
        head = int(words[-2]) if verb == b"HMSG" else 0
        body = flow[place : place + size]
        place += size + 2
        if len(body) < size:
            return
        named = [word.decode() for word in words[: -2 if head else -1] if word not in (b"+", b"|")]
        yield Message(named[0], named[1] if len(named) > 1 else "", body[:head], body[head:])


def interests(flow: bytes) -> Iterator[str]:
    """The subjects that one side asks of the other."""
    place = 0
    while line := _LINE.match(flow, place):
        verb, *words = line.group().split()
        place = line.end()
        if verb in (b"LMSG", b"HMSG"):
            place += int(words[-1]) + 2
        elif verb == b"LS+":
            yield words[0].decode()
