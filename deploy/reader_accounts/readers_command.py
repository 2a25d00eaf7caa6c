"""``steward readers``: the process that makes readers over NATS for the API."""

from pathlib import Path
from typing import Annotated

import typer

from deploy.federation.broker.from_secrets import ACCOUNTS


def readers(
    file: Annotated[Path, typer.Option(help="The file of accounts that the broker includes.")] = ACCOUNTS,
) -> None:
    """Hold the accounts of readers over NATS that the API makes, beside the broker, until it is stopped."""
    from deploy.reader_accounts.process import main

    main(str(file))
