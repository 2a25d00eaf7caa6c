"""Planning: what people do about their gaps.

Owns: the intervention catalogue, development plans, their activities and follow-ups, limits of plans.
Publishes: catalogue-published, plan-proposed, plan-agreed, plan-closed, activity-started,
activity-completed, follow-up-due; in a region totals-computed, entries-published; at a hub
entries-offered.
Consumes: assessment.completed, its own activity-completed, registry's people, who were merged, erased or arrived,
and units; a hub's catalogue-published and entries-offered; at a hub its regions' units-changed, totals-computed
and entries-published.
"""
