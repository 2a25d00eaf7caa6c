"""Evaluation: worked examples, upkeep against recomputation, the service as its callers meet it."""
