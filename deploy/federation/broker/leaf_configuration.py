"""An instance's nats-server configuration with its link, where its federation folder says there is one."""

from collections.abc import Callable
from copy import deepcopy
from pathlib import Path

from deploy.broker.server_settings import SYS
from deploy.federation.broker import configuration, permissions
from deploy.federation.broker.configuration import Json
from deploy.federation.membership.hub import Hub
from deploy.federation.membership.hub_certificates import HubCertificates
from deploy.federation.membership.region import Region
from deploy.federation.store.membership_store import Folder
from deploy.services import NAMES
from shared.federation.protocol import LINK, STEWARD

SYSTEM = "system"  # the user that closes the link of a region which may no longer speak


def of_hub(hub: Hub, listen: str = "") -> tuple[Json, dict[str, Json]]:
    """What a hub's nats-server needs: the parts of its configuration, and the accounts of the regions."""
    tls = HubCertificates(hub.folder).files()
    settings = configuration.hub_settings(hub.name(), listen or hub.listening(), tls)
    return settings, configuration.hub_accounts(hub.name(), hub.ever())


def of_region(region: Region) -> tuple[Json, dict[str, Json]]:
    """What a region's nats-server needs: the parts of its configuration, and what joins its accounts."""
    seed = region.folder.keys().seed
    settings = configuration.region_settings(region.name(), region.url(), seed, region.files())
    return settings, configuration.region_accounts(region.name(), region.hub())


def federated(settings: Json, path: Path, *, listen: str = "", system_password: str = "") -> Json:
    """`settings` of an instance alone, with the link of the federation folder at `path` added.

    `listen` overrides where a hub's link listens; with `system_password` it gets a system user.
    """
    folder, found = Folder(path.resolve()), deepcopy(settings)
    kind = folder.role()
    if kind == "hub":
        added, accounts = of_hub(Hub(folder), listen)
        _permit(found, permissions.at_hub)
        if system_password:
            user = {"user": SYSTEM, "password": system_password}
            found["accounts"].setdefault(SYS, {"users": []})["users"].append(user)
            found["system_account"] = SYS
    elif kind == "region":
        region = Region(folder)
        added, accounts = of_region(region)
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
    _join(found, of_hub(Hub(Folder(path.resolve())))[1])
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
