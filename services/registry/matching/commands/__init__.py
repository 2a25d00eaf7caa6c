"""People compared, pairs decided about, and for whose units together pairs are found."""
