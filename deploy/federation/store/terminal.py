"""What others wrote, as it may stand on a terminal: one line, nothing that moves the cursor or turns letters."""


def shown(said: object) -> str:
    """`said` with every character that cannot be seen written out as an escape of Python's."""
    return "".join(
        letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in str(said)
    )
