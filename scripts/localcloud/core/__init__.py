"""What the services of the local cloud share: server, clock, faults, calls, bus, storage."""
