"""Evaluation: did development work, from reaction to indicators.

Owns: reactions, learning results, the indicator catalogue, indicator values per unit and period, targets.
Publishes: evaluation.indicator-computed; a hub indicators- and targets-published, a region targets-set.
Consumes: registry people- and units-changed, people-merged and -unmerged, person-erased; assessment completed,
re-rating-unscored and role-profiles-changed; planning plan-proposed, plan-agreed, plan-closed,
activity-started, activity-completed and follow-up-due; a region what its hub publishes, a hub what its regions do.
"""
