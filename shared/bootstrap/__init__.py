"""Composition roots, one per function: the only place where adapters are built."""
