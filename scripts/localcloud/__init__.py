"""The local cloud: OSS, FC, Tablestore, MNS and DashScope on loopback. It knows HTTP, not us."""
