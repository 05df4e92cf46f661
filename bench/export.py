"""Exports a network of networks.py with random weights: python3 export.py MODULE IMAGE FILE."""

import sys

import torch

import networks


def main():
    module, image, file = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    torch.manual_seed(0)
    network = networks.MODULES[module](image).eval()
    example = torch.randn(2, 3, image, image)
    names = {"input_names": ["input"], "output_names": ["features"]}
    shapes = ({0: torch.export.Dim("batch")},)
    torch.onnx.export(network, (example,), file, dynamo=True, dynamic_shapes=shapes, external_data=False, **names)


main()
