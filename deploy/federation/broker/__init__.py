"""The broker's side of a link: configuration, permissions, streams."""
