"""The fusion network: from cues and features to a mask and a guess of its quality (PyTorch)."""

from __future__ import annotations

from typing import Any

import torch  # type: ignore[import-not-found]  # PyTorch trains, and is no part of the product
from torch import nn
from torch.nn import functional  # type: ignore[import-not-found]  # PyTorch trains, and is no part of the product

PLANES = 13
CONTEXT = 384


def _block(inputs: int, outputs: int, stride: int = 1) -> Any:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(inplace=True),
    )


def _grown(values: Any) -> Any:
    return functional.interpolate(values, scale_factor=2, mode="bilinear", align_corners=False)


class FusionNetwork(nn.Module):  # type: ignore[misc]  # as above
    """A small U of three levels; the frozen networks' features join at the middle one."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = _block(4 * PLANES, 24)
        self.down = nn.Sequential(_block(24, 48, stride=2), _block(48, 48))
        self.context = nn.Sequential(
            nn.BatchNorm2d(CONTEXT),
            nn.Dropout2d(0.15),
            nn.Conv2d(CONTEXT, 48, 1, bias=False),
            nn.BatchNorm2d(48),
            nn.ReLU(inplace=True),
        )
        self.mix = _block(48 + 48, 48)
        self.deep = nn.Sequential(_block(48, 96, stride=2), nn.Dropout2d(0.15), _block(96, 96))
        self.up_middle = _block(96 + 48, 48)
        self.up_fine = _block(48 + 24, 16)
        self.out = nn.Conv2d(16, 4, 1)
        self.skip = nn.Conv2d(4 * PLANES, 4, 1)
        self.judge = nn.Sequential(nn.Linear(192, 32), nn.ReLU(inplace=True), nn.Linear(32, 1))

    def forward(self, planes: Any, context: Any) -> tuple[Any, Any]:
        """Logits of the mask [n, 1, side, side] and of its overlap with the truth [n]."""
        folded = functional.pixel_unshuffle(planes, 2)
        fine = self.stem(folded)
        middle = self.mix(torch.cat([self.down(fine), self.context(context)], 1))
        deep = self.deep(middle)
        middle = self.up_middle(torch.cat([_grown(deep), middle], 1))
        fine = self.up_fine(torch.cat([_grown(middle), fine], 1))
        mask = functional.pixel_shuffle(self.out(fine) + self.skip(folded), 2)
        return mask, self.judge(self._pooled(mask, deep)).squeeze(1)

    def _pooled(self, mask: Any, deep: Any) -> Any:
        """The deep features' mean over the mask and over all of the frame: [n, 192]."""
        share = functional.avg_pool2d(torch.sigmoid(mask.detach()), 8)
        within = (deep * share).mean((2, 3)) / (share.mean((2, 3)) + 1e-3)
        return torch.cat([within, deep.mean((2, 3))], 1)
