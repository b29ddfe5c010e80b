"""How `fusion.onnx` is made: samples from a COCO-format folder, the network, its training.

Needs PyTorch, which the product does not: see `train.py` for the command.
"""
