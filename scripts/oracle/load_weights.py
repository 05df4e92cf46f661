"""Loads the model.safetensors of a run into a PyTorch network and compares with its model.onnx.

    python3 scripts/oracle/load_weights.py runs/<pipeline>/<id> [timm model]

Without a second argument the network is a plain ResNet of torchvision's layout, for runs with the backbone resnet18, resnet34 or
resnet50. With one, for example resnet18 (width 64, stem imagenet) or vit_base_patch16_224 (imported from its export), it is timm's
network of that name without a classifier, and the weights must fit with strict=True once the heads are left out. Features and the
head's logits of random images must agree to a relative 1e-4. Needs torch 2.13, safetensors, onnx, onnxruntime, and timm if asked for.
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
    """torchvision's resnet18, resnet34 or resnet50 without classifier, with any width; `stem` small is one 3x3 convolution and a 2x2 pool."""

    def __init__(self, name, width, stem):
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

    def forward(self, x):
        x = self.maxpool(self.bn1(self.conv1(x)).relu())
        for stage in (self.layer1, self.layer2, self.layer3, self.layer4):
            x = stage(x)
        return x.mean((2, 3))


def exported(path, image, prefix):
    """What model.onnx gives to its first head, and that head's logits: by making both outputs of the file."""
    model = onnx.load(path)
    weights = {w.name for w in model.graph.initializer if w.name.startswith(prefix)}
    node = next(n for n in model.graph.node if weights & set(n.input))
    for name in (node.input[0], node.output[0]):
        model.graph.output.append(onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, None))
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    return node, session.run([node.input[0], node.output[0]], {"image": image})


def difference(ours, theirs):
    return float(numpy.abs(ours - theirs).max() / numpy.abs(theirs).max())


def loaded(backbone, weights, timm_name):
    """The network with the weights of the run, strictly: none may be missing, none too many."""
    if timm_name is None:
        net = ResNet(backbone["use"], backbone["width"], backbone["stem"])
    else:
        import timm

        net = timm.create_model(timm_name, num_classes=0)
    net.load_state_dict(weights, strict=True)
    return net.eval()


def prepared(image, backbone):
    """RGB 0 to 255 as the network takes it."""
    low, high = backbone.get("range", [0, 1])
    mean, std = (numpy.broadcast_to(backbone.get(key, own), 3) for key, own in (("mean", MEAN), ("std", STD)))
    scaled = low + (high - low) * image / 255
    if backbone.get("color") == "bgr":
        scaled = scaled[:, ::-1]
    return torch.from_numpy(((scaled - mean.reshape(3, 1, 1)) / std.reshape(3, 1, 1)).astype("float32"))


def main(folder, timm_name=None):
    with open(f"{folder}/pipeline.lock") as file:
        pipeline = json.load(file)["pipeline"]
    backbone, task = pipeline["backbone"], next(iter(pipeline["head"]))
    weights = load_file(f"{folder}/model.safetensors")
    heads = tuple(f"head.{name}." for name in pipeline["head"])
    net = loaded(backbone, {name: w for name, w in weights.items() if not name.startswith(heads)}, timm_name)
    side = backbone["image"]
    image = numpy.random.default_rng(1).uniform(0, 255, (4, 3, side, side)).astype("float32")
    with torch.no_grad():
        features = net(prepared(image, backbone))
    node, (ours, logits) = exported(f"{folder}/model.onnx", image, f"head.{task}.")
    print("features differ by", difference(ours, features.numpy()))
    head = next(weights[name] for name in node.input if name in weights)
    theirs = features @ (head if head.shape[0] == features.shape[1] else head.T)
    if node.op_type == "Gemm" and len(node.input) > 2 and node.input[2] in weights:
        theirs = theirs + weights[node.input[2]]
    print("logits differ by", difference(logits, theirs.numpy()))
    assert max(difference(ours, features.numpy()), difference(logits, theirs.numpy())) < 1e-4


if __name__ == "__main__":
    main(*sys.argv[1:])
