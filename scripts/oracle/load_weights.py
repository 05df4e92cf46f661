"""Loads the model.safetensors of a run into a plain PyTorch ResNet of torchvision's layout and compares with its model.onnx.

Run from the project root: python3 scripts/oracle/load_weights.py runs/<pipeline>/<id>
Needs torch 2.13, safetensors, onnx and onnxruntime, and a run with the backbone resnet18, resnet34 or resnet50. Only the head may
differ in name; features and the head's logits of random images must agree to a relative 1e-4.
"""

import json
import sys

import numpy
import onnx
import onnxruntime
import torch
from resnet import Block
from safetensors.torch import load_file
from torch import nn

BLOCKS = {"resnet18": [2, 2, 2, 2], "resnet34": [3, 4, 6, 3], "resnet50": [3, 4, 6, 3]}
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


class ResNet(nn.Module):
    """torchvision's resnet18, resnet34 or resnet50 with any width; `stem` small is one 3x3 convolution and a 2x2 pool."""

    def __init__(self, name, width, stem, classes=1000):
        super().__init__()
        kernel, stride = (7, 2) if stem == "imagenet" else (3, 1)
        self.conv1 = nn.Conv2d(3, width, kernel, stride, kernel // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.maxpool = nn.MaxPool2d(3, 2, 1) if stem == "imagenet" else nn.MaxPool2d(2, 2)
        inputs = width
        for stage, count in enumerate(BLOCKS[name]):
            blocks = []
            for i in range(count):
                w, s = width * 2**stage, 2 if stage > 0 and i == 0 else 1
                convs = [(1, 1, w), (3, s, w), (1, 1, 4 * w)] if name == "resnet50" else [(3, s, w), (3, 1, w)]
                blocks.append(Block(inputs, convs))
                inputs = convs[-1][2]
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        x = self.maxpool(self.bn1(self.conv1(x)).relu())
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = stage(x)
        return x.mean((2, 3))


def exported(path, image):
    """What model.onnx gives to its first head, and that head's logits: by making both outputs of the file."""
    model = onnx.load(path)
    weights = {w.name for w in model.graph.initializer if w.name.startswith("head.")}
    node = next(n for n in model.graph.node if weights & set(n.input))
    for name in (node.input[0], node.output[0]):
        model.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return node, session.run([node.input[0], node.output[0]], {"image": image})


def difference(ours, theirs):
    return float(numpy.abs(ours - theirs).max() / numpy.abs(theirs).max())


def main(folder):
    with open(f"{folder}/pipeline.lock") as file:
        backbone = json.load(file)["pipeline"]["backbone"]
    net = ResNet(backbone["use"], backbone["width"], backbone["stem"]).eval()
    weights = load_file(f"{folder}/model.safetensors")
    missing, unexpected = net.load_state_dict(weights, strict=False)
    print("missing:", missing, "\nunexpected:", unexpected)
    assert all(name.startswith("fc.") for name in missing), missing
    assert all(name.startswith("head.") for name in unexpected), unexpected
    side = backbone["image"]
    image = numpy.random.default_rng(1).uniform(0, 255, (4, 3, side, side)).astype("float32")
    normal = (torch.from_numpy(image) / 255 - torch.tensor(MEAN).view(3, 1, 1)) / torch.tensor(STD).view(3, 1, 1)
    with torch.no_grad():
        features = net(normal)
    node, (ours, logits) = exported(f"{folder}/model.onnx", image)
    print("features differ by", difference(ours, features.numpy()))
    head = next(weights[name] for name in node.input if name in weights)
    theirs = features @ (head if head.shape[0] == features.shape[1] else head.T)
    if node.op_type == "Gemm" and len(node.input) > 2 and node.input[2] in weights:
        theirs = theirs + weights[node.input[2]]
    print("logits differ by", difference(logits, theirs.numpy()))
    assert max(difference(ours, features.numpy()), difference(logits, theirs.numpy())) < 1e-4


if __name__ == "__main__":
    main(sys.argv[1])
