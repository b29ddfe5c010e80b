"""Stacks of the Resource Orchestration Service, through the vendor's own RPC client."""
