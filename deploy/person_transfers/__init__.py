"""People who move to another region: what they take along as a sealed file, from the command line."""
