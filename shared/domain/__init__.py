"""The pure core: jobs, the gate, the rules. Standard library only; no clock, no I/O, no vendor."""
