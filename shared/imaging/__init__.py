"""Pure functions of pictures and label maps. NumPy, Pillow and the like; no vendor, no I/O."""
