"""What a hub and its regions share: restore generations, regional figures and units."""
