"""Two tiny residual networks in PyTorch, written to fixtures/golden/resnet_{basic,bottleneck}.safetensors.

Run from the project root: python3 scripts/oracle/resnet.py
Needs torch 2.13 and safetensors. Weights and running statistics are random; the nets run in float64, the numbers are kept in
float32. One file holds the image, the weights (under torchvision's names, prefix `state.`), the features of evaluation
(`eval.features`) and, from one forward and backward pass in training, `train.features`, the loss Σ features · cotangent with
its gradients `grad.*`, and the running statistics after it, `running.*`.
"""

import torch
from safetensors.torch import save_file
from torch import nn

IMAGE, BATCH = 32, 3
KEPT = ["conv1.weight", "bn1.weight", "bn1.bias", "layer1.0.conv2.weight", "layer2.0.downsample.0.weight",
        "layer2.0.downsample.1.bias", "layer2.0.conv1.weight", "layer2.0.bn2.weight"]


class Block(nn.Module):
    """A residual block: `convs` lists (kernel, stride, width) of its convolutions."""

    def __init__(self, inputs, convs):
        super().__init__()
        width = inputs
        self.depth = len(convs)
        for i, (kernel, stride, out) in enumerate(convs, 1):
            setattr(self, f"conv{i}", nn.Conv2d(width, out, kernel, stride, kernel // 2, bias=False))
            setattr(self, f"bn{i}", nn.BatchNorm2d(out))
            width = out
        stride = max(conv[1] for conv in convs)
        self.downsample = None
        if stride > 1 or inputs != width:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        y = x
        for i in range(1, self.depth + 1):
            y = getattr(self, f"bn{i}")(getattr(self, f"conv{i}")(y))
            y = y.relu() if i < self.depth else y
        return (y + (x if self.downsample is None else self.downsample(x))).relu()


class Net(nn.Module):
    """A stem and two stages of one block each; features are the mean over the last map."""

    def __init__(self, kind, stem, width=4):
        super().__init__()
        kernel, stride = (7, 2) if stem == "imagenet" else (3, 1)
        self.conv1 = nn.Conv2d(3, width, kernel, stride, kernel // 2, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.pool = nn.MaxPool2d(3, 2, 1) if stem == "imagenet" else nn.MaxPool2d(2, 2)
        inputs = width
        for stage in range(2):
            w, s = width * 2**stage, 1 + stage
            convs = [(3, s, w), (3, 1, w)] if kind == "basic" else [(1, 1, w), (3, s, w), (1, 1, 4 * w)]
            setattr(self, f"layer{stage + 1}", nn.Sequential(Block(inputs, convs)))
            inputs = convs[-1][2]

    def forward(self, x):
        x = self.pool(self.bn1(self.conv1(x)).relu())
        return self.layer2(self.layer1(x)).mean((2, 3))


def randomise(net, generator):
    for name, value in net.state_dict().items():
        if name.endswith("num_batches_tracked"):
            continue
        noise = torch.randn(value.shape, generator=generator, dtype=torch.float64)
        scale = value.norm() / noise.norm() if value.ndim == 4 else 0.3
        value.copy_((noise * scale + (value.ndim == 1) * value).float())
        if name.endswith("running_var"):
            value.abs_()


def record(kind, stem, seed):
    generator = torch.manual_seed(seed)
    net = Net(kind, stem).double()
    randomise(net, generator)
    tensors = {f"state.{k}": v.clone() for k, v in net.state_dict().items() if not k.endswith("tracked")}
    image = torch.randn(BATCH, 3, IMAGE, IMAGE, generator=generator).float().double()
    tensors["eval.features"] = net.eval()(image)
    features = net.train()(image)
    cotangent = torch.randn(features.shape, generator=generator).float().double()
    loss = (features * cotangent).sum()
    loss.backward()
    gradients = dict(net.named_parameters())
    tensors |= {"image": image, "cotangent": cotangent, "train.features": features, "train.loss": loss}
    tensors |= {f"grad.{name}": gradients[name].grad for name in KEPT}
    tensors |= {f"running.{k}": v for k, v in net.state_dict().items() if "running_" in k}
    about = {"provenance": f"python3 scripts/oracle/resnet.py, torch {torch.__version__}"}
    kept = {name: value.detach().float().contiguous() for name, value in tensors.items()}
    save_file(kept, f"fixtures/golden/resnet_{kind}.safetensors", about)


if __name__ == "__main__":
    record("basic", "small", 1)
    record("bottleneck", "imagenet", 2)
