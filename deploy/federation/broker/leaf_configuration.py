"""An instance's nats-server configuration with its link, where its federation folder says there is one."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

from deploy.federation.broker import permissions
from deploy.federation.broker.configuration import LINK, STEWARD, Json
from deploy.federation.membership import hub as hubs
from deploy.federation.membership import region as regions
from deploy.federation.membership.hub import Hub
from deploy.federation.membership.region import Region
from deploy.federation.store.membership_store import Folder
from deploy.services import NAMES

SYSTEM = "system"  # the user that closes the link of a region which may no longer speak


def role(folder: Folder) -> str:
    """What an instance with this folder is: ``hub``, ``region`` or ``none``."""
    if folder.file(hubs.DOCUMENT).exists():
        return "hub"
    return "region" if folder.file(regions.DOCUMENT).exists() else "none"


def named(folder: Folder) -> str:
    """The instance's name in its federation, empty where it has none."""
    kind = role(folder)
    if kind == "hub":
        return str(folder.document(hubs.DOCUMENT)["hub"])
    return Region(folder).name() if kind == "region" else ""


def federated(settings: Json, path: Path, *, listen: str = "", system_password: str = "") -> Json:
    """`settings` of an instance alone, with the link of the federation folder at `path` added.

    `listen` overrides where a hub's link listens; with `system_password` it gets a system user.
    """
    folder, found = Folder(path.resolve()), deepcopy(settings)
    kind = role(folder)
    if kind == "hub":
        added, accounts = Hub(folder).server(listen)
        _permit(found, permissions.at_hub)
        if system_password:
            user = {"user": SYSTEM, "password": system_password}
            found["accounts"]["SYS"] = {"users": [user]}
            found["system_account"] = "SYS"
    elif kind == "region":
        region = Region(folder)
        added, accounts = region.server()
        _permit(found, lambda service: permissions.at_region(service, region.name(), region.hub()))
    else:
        return found
    _join(found, accounts)
    found["jetstream"].update(added.pop("jetstream"))
    return {**found, **added}


def readmitted(settings: Json, path: Path) -> Json:
    """The configuration of a hub that runs, with the members that its federation folder has now."""
    found = deepcopy(settings)
    accounts, own = found["accounts"], found["accounts"][STEWARD]
    for name in [name for name in accounts if name.startswith(f"{LINK}_")]:
        del accounts[name]
    own["imports"] = [one for one in own.get("imports", []) if _imported(one) in accounts]
    _join(found, Hub(Folder(path.resolve())).server()[1])
    return found


def _imported(entry: Json) -> str:
    """The account that something is imported from."""
    return str((entry.get("service") or entry["stream"])["account"])


def _join(settings: Json, accounts: dict[str, Json]) -> None:
    """Add accounts, and to those that are there what they export and import more."""
    for name, account in accounts.items():
        known = settings["accounts"].setdefault(name, {})
        for what, more in account.items():
            known[what] = [*known.get(what, []), *more] if isinstance(more, list) else more


def _permit(settings: Json, more: Callable[[str], list[str]]) -> None:
    """Add what the link asks of each service to its user; who has no permissions listed may do anything."""
    for user in settings["accounts"][STEWARD]["users"]:
        if user.get("user") in NAMES:
            user["permissions"]["publish"]["allow"] += more(user["user"])
