"""The audit as its readers see it: who may read which entries, pages of them, and the export that is verified."""
