"""What the HRIS says: org units, people, posts and roles.

Owns: units with their dated place in the tree, people (the only names, contacts and external ids
of the whole system), sign-ins, posts, roles, and every superseded version of them.
Publishes: units-changed, people-changed, roles-changed (batched, without names of people), people-merged,
people-unmerged, person-erased, person-arrived; in a region headcounts-computed, region-addressed.
Consumes: nothing; at a hub its regions' units-changed, headcounts-computed and region-addressed.
"""
