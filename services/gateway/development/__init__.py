"""Local mode only: the movable clock and the development issuer."""
