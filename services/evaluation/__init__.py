"""Evaluation: did development work, from reaction to indicators.

Owns: reactions, learning results, the indicator catalogue, indicator values per unit and period.
Publishes: evaluation.indicator-computed.
Consumes: registry people- and units-changed; assessment completed; planning plan-proposed,
plan-agreed, plan-closed, activity-started, activity-completed and follow-up-due.
"""
