"""Cards and terminals that are wrong in one point, on purpose: what the suite is tried on."""
