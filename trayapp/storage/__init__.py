"""Files of ours: settings, learned limits, run record. Atomic, versioned, for this user only."""
