"""Addresses, as anybody would ask them."""
