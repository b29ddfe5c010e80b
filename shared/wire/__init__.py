"""What arrives from outside, parsed once at the border: one module per source."""
