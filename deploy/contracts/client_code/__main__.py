"""Writes the client's generated modules, or with `--check` states whether they are up to date."""

import sys

from deploy.contracts.client_code import api_document, generated_modules


def main() -> int:
    """Write, or check; 1 when something is out of date."""
    made_from = api_document.reduced(api_document.merged())
    if "--check" not in sys.argv:
        generated_modules.write(made_from)
        return 0
    found = generated_modules.outdated(made_from)
    if found:
        print(f"The Python client is out of date ({', '.join(found)}): run `make client`")  # noqa: T201  # the report
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
