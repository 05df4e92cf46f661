"""PyTorch's side of a row: python3 torch_side.py train|infer ROW FORMAT THREADS [FILE].

ROW is a row of _rows.ts as JSON, FORMAT default or channels_last, FILE the ONNX file of its network. Reads a number of runs a
line and answers each with the milliseconds of every run and the most memory that the process held, as JSON. Eager float32.
"""

import json
import resource
import sys
import time

import torch
from torch import nn

import networks
from onnx_converter import converter

CLASSES = 40


class FromFile(nn.Module):
    """The network of an ONNX file, as onnx2torch reads it, up to one of its outputs."""

    def __init__(self, path, output):
        super().__init__()
        import onnx

        self.network = converter()(path)
        self.position = [value.name for value in onnx.load(path).graph.output].index(output)

    def forward(self, x):
        outputs = self.network(x)
        return outputs if torch.is_tensor(outputs) else outputs[self.position]


def network_of(row, file):
    network = row["network"]
    if network["from"] == "resnet18":
        return networks.ResNet18(network["width"], network["stem"])
    if network["from"] == "file":
        return FromFile(file, network["output"])
    return networks.MODULES[network["module"]](row["image"])


def training(row, model, images):
    labels = torch.randint(0, CLASSES, (row["batch"],))
    loss_of = nn.CrossEntropyLoss()
    if row["optimizer"] == "sgd":
        optimizer = torch.optim.SGD(model.parameters(), lr=1e-3, momentum=0.9, weight_decay=1e-4)
    else:
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)

    def once():
        optimizer.zero_grad()
        loss_of(model(images), labels).backward()
        optimizer.step()

    return once


def inference(_, model, images):
    model.eval()

    def once():
        with torch.inference_mode():
            model(images)

    return once


def main():
    mode, row, form, threads = sys.argv[1], json.loads(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    images = torch.randn(row["batch"], 3, row["image"], row["image"])
    model = network_of(row, sys.argv[5] if len(sys.argv) > 5 else None)
    model = nn.Sequential(model, nn.Linear(model(images[:2]).shape[1], CLASSES))
    if form == "channels_last":
        model = model.to(memory_format=torch.channels_last)
        images = images.to(memory_format=torch.channels_last)
    once = (training if mode == "train" else inference)(row, model, images)
    for line in sys.stdin:
        times = []
        for _ in range(int(line)):
            start = time.perf_counter()
            once()
            times.append(1000 * (time.perf_counter() - start))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"milliseconds": times, "peakMiB": peak}), flush=True)


if __name__ == "__main__":
    main()
