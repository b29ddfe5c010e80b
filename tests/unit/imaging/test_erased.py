"""An erased picture in its photograph: the fill where the mask was, and not a pixel more."""

from __future__ import annotations

import io

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from shared.imaging.dilating import dilate
from shared.imaging.erased import bring_back, seam_of
from shared.imaging.errors import MaskError, PictureError
from shared.imaging.photo import read_photo
from shared.imaging.placing import fit_to_picture
from shared.imaging.png import encode_png
from shared.imaging.profiles import in_srgb
from tests import pictures

SIZE = (800, 600)
SENT = (400, 300)
FILL = (200, 30, 90)


def noise(size: tuple[int, int] = SIZE) -> NDArray[np.uint8]:
    drawn: NDArray[np.uint8] = (
        np.random.default_rng(7).integers(0, 256, (*size[::-1], 3)).astype(np.uint8)
    )
    return drawn


def flat(size: tuple[int, int] = SENT) -> bytes:
    return encode_png(np.full((*size[::-1], 3), FILL, np.uint8))


def marked(*boxes: tuple[int, int, int, int], size: tuple[int, int] = SENT) -> NDArray[np.uint8]:
    mask = np.zeros(size[::-1], np.uint8)
    for left, upper, right, lower in boxes:
        mask[upper:lower, left:right] = 255
    return mask


def brought(
    photo: NDArray[np.uint8], mask: NDArray[np.uint8], keep: NDArray[np.uint8] | None = None
) -> NDArray[np.uint8]:
    kept = np.zeros_like(mask) if keep is None else keep
    completed = flat((mask.shape[1], mask.shape[0]))
    return bring_back(encode_png(photo), completed, mask=encode_png(mask), keep=encode_png(kept))


@pytest.mark.parametrize("sent", [SENT, (1600, 1200), SIZE, (533, 400)])
def test_only_the_mask_and_its_seam_change(sent: tuple[int, int]) -> None:
    across = sent[0] / SIZE[0]
    left, upper, right, lower = (round(side * across) for side in (200, 160, 440, 400))
    photo = noise()
    mask = marked((left, upper, right, lower), size=sent)

    made = brought(photo, mask)

    hole = fit_to_picture(mask, *SIZE) > 0
    far = ~dilate(hole, seam_of(*SIZE) + 1)
    assert np.array_equal(made[far], photo[far])
    assert (made[200:360, 240:400] == FILL).all()
    assert not np.array_equal(made[~far], photo[~far])


def test_the_seam_is_soft() -> None:
    photo = np.zeros((*SIZE[::-1], 3), np.uint8)

    row = brought(photo, marked((0, 0, 200, 300)))[300, :, 0].astype(int)

    steps = -np.diff(row)
    assert row[390] == FILL[0]
    assert row[399 + seam_of(*SIZE) + 1] == 0
    assert (steps >= 0).all()
    assert steps.max() <= FILL[0] / 2


def test_what_is_kept_stays_the_photograph_s_own() -> None:
    photo = noise()
    keep = marked((200, 0, 400, 300))

    made = brought(photo, marked((100, 50, 260, 200)), keep)

    assert np.array_equal(made[:, 402:], photo[:, 402:])
    assert (made[120:380, 220:396] == FILL).all()


@pytest.mark.parametrize("box", [(0, 0, 400, 300), (0, 0, 3, 2), (399, 299, 400, 300)])
def test_masks_at_the_picture_s_border_are_fine(box: tuple[int, int, int, int]) -> None:
    made = brought(noise(), marked(box))

    assert made.shape == (600, 800, 3)
    assert (made[2 * box[1], 2 * box[0]] == FILL).all()


def test_an_empty_mask_changes_nothing() -> None:
    photo = noise()

    assert np.array_equal(brought(photo, marked()), photo)


def test_the_fill_has_the_photograph_s_colours() -> None:
    """Where neither says what its numbers mean, or the provider does not, they mean the same."""
    profile = pictures.swapped_profile()
    out = io.BytesIO()
    Image.fromarray(noise()).save(out, "PNG", icc_profile=profile)
    sent = io.BytesIO()
    Image.fromarray(noise()).save(sent, "PNG")
    mask = encode_png(marked((0, 0, 800, 600), size=SIZE))

    made = bring_back(
        out.getvalue(), sent.getvalue(), mask=mask, keep=encode_png(marked(size=SIZE))
    )

    expected = in_srgb(read_photo(out.getvalue())).rgb
    assert not np.array_equal(expected, noise())
    assert np.array_equal(made, expected)


def test_the_photograph_is_upright_as_the_provider_s_picture_is() -> None:
    stored = noise((600, 800))
    exif = Image.Exif()
    exif[0x0112] = 6
    out = io.BytesIO()
    Image.fromarray(stored).save(out, "PNG", exif=exif)

    made = bring_back(out.getvalue(), flat(), mask=encode_png(marked()), keep=encode_png(marked()))

    assert np.array_equal(made, np.rot90(stored, -1))


def test_other_shapes_and_no_pictures_are_refused() -> None:
    photo, mask = encode_png(noise()), encode_png(marked())
    with pytest.raises(MaskError):
        bring_back(photo, flat((300, 400)), mask=mask, keep=mask)
    with pytest.raises(MaskError):
        bring_back(photo, flat(), mask=encode_png(marked(size=(300, 400))), keep=mask)
    with pytest.raises(PictureError):
        bring_back(photo, b"no picture", mask=mask, keep=mask)
