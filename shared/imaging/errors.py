"""What can be wrong with bytes that should be a picture or a mask:

    PictureError
    ├── NotAPictureError        no picture format begins like this (or there are no bytes at all)
    ├── UnsupportedFormatError  a picture, but of a format that nothing here reads
    ├── TruncatedPictureError   it ends before its header or its pixels do
    ├── PictureTooLargeError    more pixels than are decoded here
    ├── UnreadablePictureError  the decoder gave up
    └── MaskError               the provider's mask is not a usable label map

`code` is stable and is the key of `shared.domain.reasons`.
"""

from __future__ import annotations


class PictureError(Exception):
    """Bytes that cannot be used; *code* names why for programs, the message for people."""

    code = "unreadable"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code or type(self).code


class NotAPictureError(PictureError):
    """No picture format begins like this; code `empty` where there are no bytes."""

    code = "not_a_picture"


class UnsupportedFormatError(PictureError):
    """A picture, or something near to one, that nothing here reads."""

    code = "format_unsupported"


class TruncatedPictureError(PictureError):
    """The bytes end too early."""

    code = "truncated"


class PictureTooLargeError(PictureError):
    """More pixels than are decoded here: a mistake, or a bomb."""

    code = "too_many_pixels"


class UnreadablePictureError(PictureError):
    """The header is fine, the decoder gave up on what follows."""

    code = "unreadable"


class MaskError(PictureError):
    """The mask is not a label map that can be trusted; `code` begins with `mask_`."""

    code = "mask_unreadable"
