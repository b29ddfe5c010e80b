"""The embedded engine: person instance segmentation. A package of its own."""
