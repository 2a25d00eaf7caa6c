"""A service's database: sessions, the tables that every service has, and arrays for bulk statements."""
