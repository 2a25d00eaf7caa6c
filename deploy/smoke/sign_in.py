"""Who signs in: anybody, where the development issuer's key is at hand, or the holders of given tokens."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt

from deploy.data_folder.issuer import NAME, stored_issuer
from deploy.demo.api import Tokens

REQUIRED = ("hris", "programme-manager", "ops")
LEADER = "leader"


class NoSignIn(Exception):
    """Tokens are missing or say too much; the message names which."""


@dataclass(frozen=True, slots=True)
class SignIn:
    """Tokens by role, and by sign-in name for people. `leaders` None: everybody's can be made.

    `hris` is the subject of the tokens of that role.
    """

    token: Tokens
    issuer: str
    leaders: tuple[str, ...] | None
    hris: str = "hris"


def by_issuer(folder: Path) -> SignIn:
    """With the key of a local stack's issuer. Raises NoSignIn."""
    if not (folder / "issuer.pem").is_file():
        raise NoSignIn(f"There is no key {folder / 'issuer.pem'}.")
    issuer = stored_issuer(folder)
    return SignIn(lambda role, units, subject: issuer.token(role, units=units, subject=subject), NAME, None)


def by_files(folder: Path, region: str) -> SignIn:
    """With one token a file, named by role; `leader` is optional. Raises NoSignIn.

    The programme manager's must be valid for the smoke test's `region` alone, so that no mistake in
    this script can reach anything else.
    """
    found = {name: _read(folder / name) for name in (*REQUIRED, LEADER) if (folder / name).is_file()}
    if missing := [name for name in REQUIRED if name not in found]:
        raise NoSignIn(f"There is no token {', '.join(str(folder / name) for name in missing)}.")
    units = _claims(found["programme-manager"]).get("units")
    if units != [region]:
        raise NoSignIn(f"The programme manager's token must be valid for {region} alone, not for {units}.")
    leader = _claims(found[LEADER])["sub"] if LEADER in found else None

    def token(role: str, _units: tuple[str, ...], _subject: str) -> str:
        return found[role]

    hris = _claims(found["hris"])
    leaders = (leader,) if leader else ()
    return SignIn(token, str(hris.get("iss", "")), leaders, str(hris.get("sub", "")))


def _read(path: Path) -> str:
    return path.read_text().strip()


def _claims(token: str) -> dict[str, Any]:
    """What a token says; the instance verifies it, this script only has to know whose it is."""
    try:
        found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    except jwt.InvalidTokenError:
        raise NoSignIn("A token cannot be read.") from None
    return found
