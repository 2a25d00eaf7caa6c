"""Statistical disclosure control at the read: what a published figure gives to one particular reader."""
