"""HTTP doors of the registry, one module per noun: request and answer models, access, no logic."""
