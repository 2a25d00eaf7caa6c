"""What the local stack's fork server imports once: the code of every process that is forked from it."""

import gc
from importlib import import_module

from setproctitle import setproctitle

from deploy.services import NAMES

setproctitle("steward fork server")  # first of all: the library finds its place by an unchanged environment
for name in NAMES:
    import_module(f"services.{name}.main")
for module in ("deploy.local.launcher", "deploy.local.traces", "shared.serve", "uvicorn", "uvloop"):
    import_module(module)
gc.collect()
gc.freeze()  # the collector of a child leaves these objects alone, so that their memory stays shared
