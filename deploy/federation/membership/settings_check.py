"""Whether the settings of an instance's services agree with its federation folder."""

from deploy.federation.federation_error import FederationError
from deploy.federation.pki.keys import recipient
from deploy.federation.store.membership_store import Folder
from shared.settings import Settings


def check_settings(folder: Folder, given: Settings) -> None:
    """Raises FederationError where the services' settings are not those of the federation folder.

    Services do not see that folder, which holds keys: a second place says what they are.
    """
    kind = folder.role()
    if kind == "none" and given.federation != "none":
        step = "init --hub" if given.federation == "hub" else "join"
        raise FederationError(
            f"This is to be a {given.federation}, but {folder.path} has none: steward federation {step}."
        )
    if kind == "none":
        return
    wanted = {"federation": kind, "instance": folder.instance(), "epoch": folder.epoch()}
    wanted |= {name: key for name, key in public_keys(folder).items() if getattr(given, name)}
    wrong = [
        f"STEWARD_{name.upper()}={value}" for name, value in wanted.items() if getattr(given, name) != value
    ]
    if wrong:
        raise FederationError(
            f"The federation folder {folder.path} asks for other settings: {' '.join(wrong)}"
        )


def public_keys(folder: Folder) -> dict[str, str]:
    """The settings by which a region tells its hub its public keys; empty elsewhere."""
    if folder.role() != "region":
        return {}
    keys = folder.keys()
    return {"sealing_key": recipient(keys.public_box), "signing_key": keys.public}
