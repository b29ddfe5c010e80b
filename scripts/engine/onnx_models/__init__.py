"""Users' own instance segmentation networks, as ONNX files.

There is no one layout for them, so each layout is a module: how a picture is prepared, and how the
outputs are read. Rule of this folder: a layout only translates; the label map is laid elsewhere.
"""
