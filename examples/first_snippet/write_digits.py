"""Write scikit-learn's 1,797 handwritten digits as MNIST's four compressed idx files, into `data/` beside this file."""

import gzip
import struct
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits

DATA = Path(__file__).resolve().parent / "data"
TRAIN = 1500


def idx(array: np.ndarray) -> bytes:
    """The array of bytes in MNIST's form: a magic number, the sizes, the values."""
    head = struct.pack(f">I{array.ndim}I", 0x0800 + array.ndim, *array.shape)
    return gzip.compress(head + array.astype(np.uint8).tobytes(), mtime=0)


def main() -> None:
    digits = load_digits()
    # 8 x 8 pixels of 0 to 16, enlarged to 24 x 24 and framed: 28 x 28 pixels of 0 to 240, as MNIST's.
    enlarged = np.kron(digits.images * 15, np.ones((3, 3)))
    images = np.pad(enlarged, ((0, 0), (2, 2), (2, 2)))
    order = np.random.default_rng(0).permutation(len(images))
    DATA.mkdir(exist_ok=True)
    for name, chosen in (("train", order[:TRAIN]), ("t10k", order[TRAIN:])):
        (DATA / f"{name}-images-idx3-ubyte.gz").write_bytes(idx(images[chosen]))
        (DATA / f"{name}-labels-idx1-ubyte.gz").write_bytes(idx(digits.target[chosen]))
    print(f"{len(images)} digits are in {DATA}")


if __name__ == "__main__":
    main()
