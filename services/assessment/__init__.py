"""Assessment: leaders measured against the competency framework.

Owns: frameworks and overlays, instruments, role profiles, cycles, assessments, raters, responses,
    results and their roll-ups per unit, period and level.
Publishes: framework-published, profiles-published, overlay-published, role-profiles-changed, cycle-opened,
    cycle-closed, completed, re-rating-unscored.
Consumes: registry's people-changed, people-merged, people-unmerged and units-changed (the directory),
    person-erased, person-arrived, planning's follow-up-due (re-rating), its own completed (roll-ups);
    in a region its hub's framework-published and profiles-published, at a hub its regions' overlay-published.
"""
