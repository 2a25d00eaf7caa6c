"""Figures carried as sealed files where there is no link."""
