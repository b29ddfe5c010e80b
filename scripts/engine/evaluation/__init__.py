"""How good an engine is: scored pictures, measures, and a sheet to look at.

Rule of this folder: it knows engines only as `Segmenter`, so that any of them can be measured.
"""
