"""How long registry keeps what names people, by class of data."""
