"""Learn the 1,797 handwritten digits of scikit-learn; log loss and accuracy after each step; keep the model."""

import argparse
import pickle
from pathlib import Path

import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import SGDClassifier
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split

from azureml.core import Run

parser = argparse.ArgumentParser()
parser.add_argument("--steps", type=int, default=30)
parser.add_argument("--alpha", type=float, default=0.0005, help="strength of the regularization")
args = parser.parse_args()

run = Run.get_context()
run.log("alpha", args.alpha)

images, digits = load_digits(return_X_y=True)
train_x, test_x, train_y, test_y = train_test_split(images / 16, digits, test_size=0.25, random_state=0)
print(f"{len(train_x)} images to learn from, {len(test_x)} to be tested with")

model = SGDClassifier(loss="log_loss", alpha=args.alpha, random_state=0)
order = np.random.default_rng(0)
Path("outputs").mkdir(exist_ok=True)
Path("logs").mkdir(exist_ok=True)

with open("logs/steps.txt", "w") as steps:
    for step in range(1, args.steps + 1):
        shuffled = order.permutation(len(train_x))
        model.partial_fit(train_x[shuffled], train_y[shuffled], classes=np.unique(digits))
        loss = log_loss(test_y, model.predict_proba(test_x))
        accuracy = accuracy_score(test_y, model.predict(test_x))
        run.log("loss", loss)
        run.log("accuracy", accuracy)
        steps.write(f"step {step}: loss {loss:.4f}, accuracy {accuracy:.4f}\n")
        bar = "#" * step + "." * (args.steps - step)
        print(f"[{bar}] step {step}/{args.steps}: loss {loss:.4f}, accuracy {accuracy:.4f}")

with open("outputs/model.pkl", "wb") as file:
    pickle.dump(model, file)
print("the model is in outputs/model.pkl")
