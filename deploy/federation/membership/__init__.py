"""Who belongs to a federation: enrolment, the hub's and the region's side."""
