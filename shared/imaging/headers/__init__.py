"""One parser per picture format: bytes in, `PictureFacts` out; standard library only."""
