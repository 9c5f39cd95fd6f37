"""Statistics: pure functions of counts. Knows no plan, no group names and no words."""
