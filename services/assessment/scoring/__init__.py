"""From ratings to levels, gaps and their quality: rules without I/O."""
