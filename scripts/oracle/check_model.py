"""Tries a run's files with other people's software: ONNX Runtime for Python, the ONNX checker, safetensors.

    deno run --allow-read --allow-write --allow-env scripts/dump_images.ts runs/coral/<run id> images.npy
    python3 scripts/oracle/check_model.py runs/coral/<run id> images.npy

Prints the largest difference in years between the ages of model.onnx on these images and those of predictions.csv, and ends
with status 1 where it is 0.01 or more, or where the files contradict each other.
"""

import csv
import sys
from pathlib import Path

import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file

LIMIT = 0.01
BATCH = 64


def read_predictions(run):
    with open(run / "predictions.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def ages_of(run, images):
    session = onnxruntime.InferenceSession(str(run / "model.onnx"), providers=["CPUExecutionProvider"])
    ages = []
    for first in range(0, len(images), BATCH):
        batch = images[first : first + BATCH].transpose(0, 3, 1, 2).astype(np.float32)
        outputs = dict(zip([output.name for output in session.get_outputs()], session.run(None, {"image": batch})))
        assert outputs["age"].shape == (len(batch),), outputs["age"].shape
        if "posterior" in outputs:
            np.testing.assert_allclose(outputs["posterior"].sum(axis=1), 1, atol=1e-4)
        ages.append(outputs["age"])
    return np.concatenate(ages)


def describe(run):
    model = onnx.load(run / "model.onnx")
    onnx.checker.check_model(model, full_check=True)
    for prop in model.metadata_props:
        print(f"  {prop.key}: {prop.value}")
    weights = load_file(run / "model.safetensors")
    print(f"  {len(weights)} tensors in model.safetensors, {sum(w.size for w in weights.values())} numbers")


def main():
    run, images = Path(sys.argv[1]), np.load(sys.argv[2])
    describe(run)
    predictions = read_predictions(run)
    assert len(predictions) == len(images), f"{len(predictions)} predictions, {len(images)} images"
    predicted = np.array([float(row["predicted"]) for row in predictions])
    difference = np.abs(ages_of(run, images) - predicted).max()
    print(f"{len(images)} images, largest difference {difference:.6f} years")
    sys.exit(int(difference >= LIMIT))


if __name__ == "__main__":
    main()
