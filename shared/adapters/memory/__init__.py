"""Every port in memory: for simulation, and proved by the same contract suites as the rest."""
