"""Times PyTorch's train step of a ResNet-18: python3 train_torch.py WIDTH STEM IMAGE BATCH THREADS.

Reads one number of steps a line from stdin and answers each with the milliseconds that every step took, as a JSON list, so
that the caller can take turns with it. Eager float32, default memory format, AdamW, cross-entropy over 40 classes.
"""

import json
import resource
import sys
import time

import torch
from torch import nn


class Block(nn.Module):
    """Two 3x3 convolutions beside the shortcut, as torchvision's BasicBlock."""

    def __init__(self, inputs, outputs, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            projection = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.downsample = nn.Sequential(projection, nn.BatchNorm2d(outputs))

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.bn2(self.conv2(y))
        shortcut = x if self.downsample is None else self.downsample(x)
        return self.relu(y + shortcut)


def stem(kind, width):
    if kind == "imagenet":
        first, pool = nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.MaxPool2d(3, 2, 1)
    else:
        first, pool = nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.MaxPool2d(2)
    return [first, nn.BatchNorm2d(width), nn.ReLU(inplace=True), pool]


def resnet18(width, kind, classes):
    layers, inputs = stem(kind, width), width
    for stage in range(4):
        for place in range(2):
            outputs = width * 2**stage
            layers.append(Block(inputs, outputs, 2 if stage > 0 and place == 0 else 1))
            inputs = outputs
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, classes))


def main():
    width, kind, image, batch, threads = int(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:6])
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    model = resnet18(width, kind, 40)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3, weight_decay=0.05)
    images, labels = torch.randn(batch, 3, image, image), torch.randint(0, 40, (batch,))
    loss_of = nn.CrossEntropyLoss()
    for line in sys.stdin:
        times = []
        for _ in range(int(line)):
            start = time.perf_counter()
            optimizer.zero_grad()
            loss_of(model(images), labels).backward()
            optimizer.step()
            times.append(1000 * (time.perf_counter() - start))
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(json.dumps({"milliseconds": times, "peakMiB": peak}), flush=True)


main()
