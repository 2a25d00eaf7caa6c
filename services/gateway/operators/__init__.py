"""For operators: how events flow, dead letters and their replay."""
