"""The formats in which annotation tools exchange masks: pure functions of a subject's people.

Each module is one format. Where a format can hold a mask to the pixel, it gets that; else polygons.
"""
