"""Releases of a service's cubes: which are due, how they are judged, and where they are stored.

A service declares a cube (`cubes.py`) and reads who counts in it (`population.py`). `due_dates.py` says which
period is due, `release_store.py` reads all that was released of it before and writes what `making.py` judged:
numpy and the solver are imported there, and not before a release is due.
"""
