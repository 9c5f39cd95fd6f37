"""Plans: what is declared before outcomes are read, and the standards that figures are read by."""
