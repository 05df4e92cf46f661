"""Exports a network of networks.py with random weights: python3 export.py MODULE IMAGE BATCH FILE."""

import sys

import torch

import networks


def main():
    module, image, batch, file = sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    torch.manual_seed(0)
    network = networks.MODULES[module](image).eval()
    example = torch.randn(batch, 3, image, image)
    names = {"input_names": ["input"], "output_names": ["features"]}
    torch.onnx.export(network, (example,), file, dynamo=True, external_data=False, **names)


main()
