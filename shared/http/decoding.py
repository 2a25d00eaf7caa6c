"""What msgspec could not decode, as a pointer and an explanation: bounded, and never the value itself."""

import re

import msgspec

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)

_LONGEST = 200
_NAMED = re.compile(r"field `(.{1,64})", re.DOTALL)


def explain(error: Exception) -> tuple[str, str]:
    """RFC 6901 pointer and explanation of one of `UNREADABLE`, of at most 200 characters each.

    msgspec says ``Expected `int` - at `$.ratings[3]```, which is /ratings/3. A field's name that is quoted
    is the sender's own and may be as long as the line.
    """
    if isinstance(error, RecursionError):
        return "", "The JSON is nested too deeply."
    if not isinstance(error, msgspec.ValidationError):
        return "", "This is not JSON in UTF-8."
    text = str(error)
    message, _, path = text.rpartition(" - at `$") if " - at `$" in text else (text, "", "")
    keys = [key for key in re.split(r"[.\[\]]+", path[:_LONGEST].rstrip("`")) if key]
    keys = ["*" if key == "..." else key for key in keys]
    named = _NAMED.search(message)
    if named:
        name = named.group(1).partition("`")[0]
        keys.append(name.replace("~", "~0").replace("/", "~1"))
        message = message[: named.start(1)] + name + "`"
        if message.startswith("Object missing required field"):
            message = f"The field `{name}` is missing."
    if message.startswith("Invalid enum value"):
        message = "Not one of the values that are known."
    return _plain("".join(f"/{key}" for key in keys)), _plain(message)


def _plain(text: str) -> str:
    """As it can be stored, too: no text of PostgreSQL has a NUL character."""
    return text.replace("\0", "\ufffd")[:_LONGEST]
