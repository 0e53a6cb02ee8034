"""Learn handwritten digits from MNIST's files, as v1's tutorial does."""

import argparse
import gzip
import struct
from pathlib import Path

import joblib
import numpy as np
from sklearn.linear_model import LogisticRegression

from azureml.core import Run

parser = argparse.ArgumentParser()
parser.add_argument("--data-folder", type=str, dest="data_folder", help="where the four files lie")
parser.add_argument("--regularization", type=float, default=0.01)
parser.add_argument("--verbose", action="store_true")
args = parser.parse_args()


def load(name, ndim):
    """One of the four files as an array; it may lie in a sub-folder."""
    (path,) = Path(args.data_folder).rglob(name)
    with gzip.open(path) as file:
        shape = struct.unpack(f">{ndim}I", file.read(4 + 4 * ndim)[4:])
        return np.frombuffer(file.read(), np.uint8).reshape(shape)


def pixels(images):
    """One pixel of each 3 x 3 within the frame: these digits were enlarged, so it holds all that there is."""
    return images[:, 2:-2:3, 2:-2:3].reshape(len(images), -1) / 255.0


run = Run.get_context()
train_x, test_x = pixels(load("train-images-idx3-ubyte.gz", 3)), pixels(load("t10k-images-idx3-ubyte.gz", 3))
train_y, test_y = load("train-labels-idx1-ubyte.gz", 1), load("t10k-labels-idx1-ubyte.gz", 1)
if args.verbose:
    print(f"{len(train_x)} images to learn from, {len(test_x)} to be tested with, out of {args.data_folder}")

model = LogisticRegression(C=1.0 / args.regularization, solver="lbfgs", max_iter=1000)
model.fit(train_x, train_y)
accuracy = float(np.mean(model.predict(test_x) == test_y))
print(f"accuracy {accuracy:.4f}")

run.log("training images", len(train_x))
run.log("regularization rate", args.regularization)
run.log("accuracy", accuracy)

joblib.dump(model, "outputs/sklearn_mnist_model.pkl")
with open("outputs/my_output_file", "w") as file:
    file.write(f"accuracy {accuracy:.4f}\n")
run.upload_file("sklearn-sample", "outputs/sklearn_mnist_model.pkl")  # the name under which it is registered
