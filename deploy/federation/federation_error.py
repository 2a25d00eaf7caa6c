"""What cannot be done with a federation, in one line that may be printed: others wrote part of it."""


class FederationError(RuntimeError):
    """A step of setting up a federation that cannot be done; the message says what to do instead, in one line."""

    def __init__(self, message: str) -> None:
        super().__init__(shown(message))


def shown(text: object) -> str:
    """`text` with every character that cannot be seen as an escape: none moves the cursor or turns letters."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in str(text)
    )
