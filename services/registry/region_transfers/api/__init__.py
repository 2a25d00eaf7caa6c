"""HTTP, a module for each noun; no logic."""
