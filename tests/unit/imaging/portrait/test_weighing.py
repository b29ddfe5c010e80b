from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from shared.imaging.portrait.refusals import NoPortraitError
from shared.imaging.portrait.weighing import Weight, encode_weighed

NOISY = Image.fromarray(np.random.default_rng(1).integers(0, 256, (441, 358, 3), np.uint8))
PLAIN = Image.new("RGB", (295, 413), (67, 142, 219))


@pytest.mark.parametrize("most", [60, 90, 150, 250])
def test_a_file_weighs_at_most_what_is_asked_for_in_the_best_quality(most: int) -> None:
    weighed = encode_weighed(NOISY, 300, Weight(most=most))

    assert len(weighed.data) <= most * 1000
    assert len(encode_weighed(NOISY, 300, Weight(most=most + 10)).data) > len(weighed.data)


@pytest.mark.parametrize("least", [20, 70, 300])
def test_a_file_weighs_at_least_what_is_asked_for(least: int) -> None:
    weighed = encode_weighed(PLAIN, 300, Weight(least=least, most=least + 20))

    assert least * 1024 <= len(weighed.data) <= (least + 20) * 1000
    with Image.open(io.BytesIO(weighed.data)) as image:
        image.load()
        assert image.size == PLAIN.size
        assert image.getpixel((5, 5)) == pytest.approx((67, 142, 219), abs=2)


def test_the_filling_changes_no_pixel() -> None:
    light = encode_weighed(PLAIN, 300, Weight())
    heavy = encode_weighed(PLAIN, 300, Weight(least=100))

    with Image.open(io.BytesIO(light.data)) as one, Image.open(io.BytesIO(heavy.data)) as other:
        assert other.info["dpi"] == one.info["dpi"] == (300, 300)
        assert np.abs(np.asarray(one).astype(int) - np.asarray(other)).max() <= 2


def test_what_no_quality_can_reach_is_said() -> None:
    with pytest.raises(NoPortraitError) as caught:
        encode_weighed(NOISY, 300, Weight(most=5))

    assert caught.value.reason == "too_heavy"
    assert "5 KB" in str(caught.value)
