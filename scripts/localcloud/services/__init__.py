"""One folder per emulated service; they meet only through the core."""
