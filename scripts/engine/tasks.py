"""What the served models do: named inputs and parameters in, named output files out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from scripts.engine.drawing import draw
from scripts.engine.erasure import erase
from scripts.engine.errors import TaskError
from scripts.engine.landmarks import document_of
from scripts.engine.pictures import decode, decode_grey, encode_png
from scripts.engine.segmenter import Segmenter

SEGMENTATION = "image-instance-segmentation"
ERASURE = "image-erase-completion"


def perform(
    engine: Segmenter, model: str, parameters: Mapping[str, Any], inputs: Mapping[str, bytes]
) -> dict[str, bytes]:
    """Do one task.

    Args:
        engine: segments people.
        model: the provider's name of the model.
        parameters: the request's `parameters`.
        inputs: `image`, and for erasure `mask` and maybe `foreground`: encoded pictures.

    Returns:
        Encoded pictures: `output_image`, and for segmentation `output_vis_image`; and JSON where
        the engine knows faces: `output_landmarks` (see `scripts.engine.landmarks`).

    Raises:
        TaskError: with the provider's code, when the task cannot be done.
    """
    if model == SEGMENTATION:
        return _segment(engine, inputs)
    if model == ERASURE:
        return _erase(parameters, inputs)
    raise TaskError("ModelNotFound", "Model can not be found.")


def _segment(engine: Segmenter, inputs: Mapping[str, bytes]) -> dict[str, bytes]:
    picture = decode(_input(inputs, "image"))
    segmentation = engine.segment(picture)
    outputs = {
        "output_image": encode_png(segmentation.label_map),
        "output_vis_image": encode_png(draw(picture, segmentation.label_map)),
    }
    landmarks = document_of(
        (picture.shape[1], picture.shape[0]),
        {person.id: person.landmarks for person in segmentation.people},
    )
    return {**outputs, "output_landmarks": landmarks} if landmarks else outputs


def _erase(parameters: Mapping[str, Any], inputs: Mapping[str, bytes]) -> dict[str, bytes]:
    keep = inputs.get("foreground")
    erased = erase(
        decode(_input(inputs, "image")),
        decode_grey(_input(inputs, "mask")),
        decode_grey(keep) if keep else None,
        dilate=parameters.get("dilate_flag") is not False,
        fast=parameters.get("fast_mode") is True,
    )
    return {"output_image": encode_png(erased)}


def _input(inputs: Mapping[str, bytes], name: str) -> bytes:
    if name not in inputs:
        raise TaskError("InvalidParameter", f"input.{name}_url is required")
    return inputs[name]
