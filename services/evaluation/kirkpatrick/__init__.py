"""The five levels of evaluation (Kirkpatrick, Phillips), from reaction to return."""
