"""People who leave for another region, and people who come from one: by an explicit, audited transfer."""
