"""Builds the functions' packages: what each can reach of our own code, and nothing else."""
