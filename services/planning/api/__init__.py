"""HTTP: one module per noun, no logic."""
