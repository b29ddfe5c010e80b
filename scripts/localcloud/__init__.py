"""The local cloud: OSS, Function Compute, Tablestore, MNS and DashScope on loopback. It knows HTTP, not us."""
