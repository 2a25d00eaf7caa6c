"""The main loop against any running instance, through its HTTP API alone, with people in their own region."""
