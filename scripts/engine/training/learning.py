"""Training of the fusion network on samples held in memory (PyTorch)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch  # type: ignore[import-not-found]  # PyTorch trains, and is no part of the product
from numpy.typing import NDArray
from torch.nn import functional  # type: ignore[import-not-found]  # PyTorch trains, and is no part of the product

from scripts.engine.training.network import FusionNetwork

BATCH = 16
RATE = 3e-3
DECAY = 1e-2
SEMANTIC_CHANNELS = 256
SEMANTIC_PLANES = (7, 8)
SMALL = 32.0**2


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Samples as arrays: planes, context, truths as in `Sample`, and the true masks' areas [n]."""

    planes: NDArray[np.float16]
    context: NDArray[np.float16]
    truths: NDArray[np.uint8]
    areas: NDArray[np.float64]


def learn(samples: Samples, epochs: int, seed: int = 0) -> FusionNetwork:
    """Train a network from nothing."""
    torch.manual_seed(seed)
    network = FusionNetwork()
    network.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(network.parameters(), lr=RATE, weight_decay=DECAY)
    steps = epochs * ((len(samples.areas) + BATCH - 1) // BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, RATE, total_steps=steps, pct_start=0.1
    )
    for epoch in range(epochs):
        network.train()
        total = 0.0
        for places in torch.randperm(len(samples.areas)).split(BATCH):
            planes, context, truth, areas = _varied(*_batch(samples, places.numpy()))
            loss = _loss(*_answered(network, planes, context), truth, areas)
            optimizer.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(network.parameters(), 2.0)
            optimizer.step()
            schedule.step()
            total += loss.item() * len(places)
        print(f"epoch {epoch + 1}/{epochs}: loss {total / len(samples.areas):.4f}", flush=True)
    network.eval()
    return network


def _answered(network: FusionNetwork, planes: Any, context: Any) -> tuple[Any, Any]:
    """Run in half precision and in the memory order that processors like: twice as fast."""
    order = torch.channels_last
    with torch.autocast("cpu", dtype=torch.bfloat16):
        mask, quality = network(
            normalized(planes).contiguous(memory_format=order),
            context.contiguous(memory_format=order),
        )
    return mask.float(), quality.float()


def export(network: FusionNetwork, path: str) -> None:
    """Write the network as ONNX, any number of people at once."""
    example = (torch.zeros(2, 13, 128, 128), torch.zeros(2, 384, 32, 32))
    names = ["planes", "context", "mask", "quality"]
    torch.onnx.export(
        network,
        example,
        path,
        input_names=names[:2],
        output_names=names[2:],
        dynamic_axes={name: {0: "people"} for name in names},
        opset_version=17,
        dynamo=False,
    )


def normalized(planes: Any) -> Any:
    """As `fusion.normalized`, on tensors."""
    planes = planes.clone()
    planes[:, :3] = (planes[:, :3] - 0.45) / 0.25
    held = planes[:, 3:10].clamp(0.01, 0.99)
    planes[:, 3:10] = torch.log(held / (1 - held)) / 3
    return planes


def _batch(samples: Samples, places: NDArray[np.int64]) -> tuple[Any, Any, Any, Any]:
    truth = torch.from_numpy(samples.truths[places].astype(np.float32) / 255)[:, None]
    return (
        torch.from_numpy(samples.planes[places].astype(np.float32)),
        torch.from_numpy(samples.context[places].astype(np.float32)),
        truth,
        torch.from_numpy(samples.areas[places].astype(np.float32)),
    )


def _varied(planes: Any, context: Any, truth: Any, areas: Any) -> tuple[Any, Any, Any, Any]:
    """Mirror, and take single cues away, so that none is relied on alone."""
    count = len(planes)
    mirrored = torch.rand(count) < 0.5  # noqa: PLR2004  # as often as not
    for values in (planes, context, truth):
        values[mirrored] = values[mirrored].flip(-1)
    for channel in range(3, 11):
        planes[torch.rand(count) < 0.05, channel] = 0  # noqa: PLR2004  # rarely
    blind = torch.rand(count)
    for channel in SEMANTIC_PLANES:
        planes[blind < 0.08, channel] = 0  # noqa: PLR2004  # no DeepLab
    context[blind < 0.08, :SEMANTIC_CHANNELS] = 0  # noqa: PLR2004  # no DeepLab
    context[(blind > 0.04) & (blind < 0.12), SEMANTIC_CHANNELS:] = 0  # noqa: PLR2004  # no features of the detector
    return planes, context, truth, areas


def _loss(mask: Any, quality: Any, truth: Any, areas: Any) -> Any:
    """Cross entropy (heavier along the outline) and Dice for masks, cross entropy for quality."""
    near = functional.max_pool2d(truth, 5, 1, 2) + functional.max_pool2d(-truth, 5, 1, 2)
    likely = torch.sigmoid(mask)
    entropy = functional.binary_cross_entropy_with_logits(mask, truth, reduction="none")
    entropy = (entropy * (1 + near)).mean((1, 2, 3))
    shared, both = (likely * truth).sum((1, 2, 3)), (likely + truth).sum((1, 2, 3))
    dice = 1 - (2 * shared + 1) / (both + 1)
    weight = torch.where(areas < SMALL, 0.5, 1.0) * (areas > 0)
    masks = ((entropy + dice) * weight).mean()
    target = _overlap(likely.detach() > 0.5, truth > 0.5)  # noqa: PLR2004  # even odds
    judged = functional.binary_cross_entropy_with_logits(quality, target)
    return masks + 0.3 * judged


def _overlap(predicted: Any, truth: Any) -> Any:
    shared = (predicted & truth).sum((1, 2, 3)).float()
    return shared / (predicted | truth).sum((1, 2, 3)).float().clamp(min=1)
