"""Erasure of people who have left: asked for, confirmed by somebody else, held back by a legal hold."""
