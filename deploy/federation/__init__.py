"""Federation: how a hub and its regions come to trust each other, and what may pass between them."""
