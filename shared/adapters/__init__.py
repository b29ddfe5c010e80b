"""The ports, kept by the vendors' clients: one folder per service. Only bootstrap builds them."""
