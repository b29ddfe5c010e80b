"""Entry points of Function Compute: decode, call one use-case, encode."""
