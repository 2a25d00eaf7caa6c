"""Running Steward: the local stack, provisioning, migrations, demonstration data and the `steward` command."""
