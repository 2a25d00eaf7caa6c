"""What evaluation knows of people, as values that rules work with."""
