"""Narrow image networks of torchvision with random weights, exported to ONNX by both exporters, with PyTorch's own results.

    pip install --no-deps torchvision==0.28.0     # what belongs to torch 2.13
    python3 scripts/oracle/export_backbones.py

writes into fixtures/exported/backbones/<network>.<form>.onnx. The forms are torchscript and dynamo (as a user calls the two
exporters, normalisations as they are), folded (dynamo with its optimisation, which folds batch normalisation into the
convolutions) and fixed (the same, for a batch of 1 only). <network>.safetensors holds the input, the cotangent, the features (the output of the network without its
classifier), and under grad/<name> the gradient of sum(features * cotangent) by every parameter.
"""

import json
import pathlib
import platform
from functools import partial

import onnx
import torch
from export_notes import without_notes
from safetensors.torch import save_file
from torch import nn

# torchvision's compiled operators are made for one build of torch; its import asks for two of them, no network here does.
OPERATORS = torch.library.Library("torchvision", "FRAGMENT")
for operator in ("nms", "qnms"):
    OPERATORS.define(f"{operator}(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")

import torchvision  # noqa: E402
from torchvision.models import convnext, efficientnet, mobilenetv3, resnet, swin_transformer, vision_transformer  # noqa: E402

FOLDER = pathlib.Path(__file__).parents[2] / "fixtures" / "exported" / "backbones"
BATCH = 2
CLASSES = 3
PROVENANCE = {
    "command": "python3 scripts/oracle/export_backbones.py",
    "torch": torch.__version__,
    "torchvision": torchvision.__version__,
    "onnx": onnx.__version__,
    "python": platform.python_version(),
}


class NarrowResNet(resnet.ResNet):
    """torchvision's, which fixes 64 channels, with the given number."""

    def __init__(self, width, depths):
        super().__init__(resnet.BasicBlock, [1, 1, 1, 1])
        self.inplanes = width
        self.conv1 = nn.Conv2d(3, width, 7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        for stage, depth in enumerate(depths):
            layer = self._make_layer(resnet.BasicBlock, width << stage, depth, stride=1 if stage == 0 else 2)
            setattr(self, f"layer{stage + 1}", layer)
        self.fc = nn.Linear(width << 3, CLASSES)


def mobilenet_v3():
    """A plain, a strided, a squeezed and a dilated block, in widths that the class rounds to multiples of 8."""
    block = partial(mobilenetv3.InvertedResidualConfig, width_mult=1.0)
    blocks = [
        block(8, 3, 8, 8, False, "RE", 1, 1),
        block(8, 3, 16, 8, True, "RE", 2, 1),
        block(8, 5, 24, 16, True, "HS", 2, 1),
        block(16, 5, 24, 16, True, "HS", 1, 2),
    ]
    return mobilenetv3.MobileNetV3(blocks, last_channel=24, num_classes=CLASSES)


def efficientnet_v2():
    """Fused and plain inverted bottlenecks, as EfficientNetV2 joins them; the plain ones are those of the first EfficientNet."""
    blocks = [
        efficientnet.FusedMBConvConfig(2, 3, 2, 8, 8, 1),
        efficientnet.MBConvConfig(3, 3, 2, 8, 16, 2),
    ]
    return efficientnet.EfficientNet(blocks, dropout=0.2, stochastic_depth_prob=0.2, num_classes=CLASSES, last_channel=32)


def convnext_narrow():
    stages = [convnext.CNBlockConfig(8, 16, 1), convnext.CNBlockConfig(16, 32, 1), convnext.CNBlockConfig(32, None, 1)]
    return convnext.ConvNeXt(stages, stochastic_depth_prob=0.1, num_classes=CLASSES)


def vit():
    return vision_transformer.VisionTransformer(
        image_size=32, patch_size=8, num_layers=2, num_heads=2, hidden_dim=16, mlp_dim=32, num_classes=CLASSES
    )


def swin(block, downsample):
    return swin_transformer.SwinTransformer(
        patch_size=[4, 4],
        embed_dim=8,
        depths=[2, 1],
        num_heads=[2, 4],
        window_size=[4, 4],
        num_classes=CLASSES,
        block=block,
        downsample_layer=downsample,
    )


NETWORKS = {
    "resnet": (lambda: NarrowResNet(4, [1, 2, 1, 1]), "fc", 32),
    "mobilenet_v3": (mobilenet_v3, "classifier.3", 32),
    "efficientnet_v2": (efficientnet_v2, "classifier.1", 32),
    "convnext": (convnext_narrow, "classifier.2", 32),
    "vit": (vit, "heads.head", 32),
    "swin": (lambda: swin(swin_transformer.SwinTransformerBlock, swin_transformer.PatchMerging), "head", 32),
    "swin_v2": (lambda: swin(swin_transformer.SwinTransformerBlockV2, swin_transformer.PatchMergingV2), "head", 32),
}
FORMS = ("torchscript", "dynamo", "folded", "fixed")
# Of the other forms, one is all names, and the other stores what the first layer of its position networks gives.
FEWER_FORMS = {"swin_v2": ("dynamo",)}


def randomise(model):
    """Weights and statistics away from their special starting values."""
    with torch.no_grad():
        for name, tensor in list(model.named_parameters()) + list(model.named_buffers()):
            if not tensor.is_floating_point() or name.endswith("coords_table"):
                continue
            noise = torch.randn_like(tensor)
            if name.endswith("var") or (tensor.dim() == 1 and name.endswith("weight")):
                tensor.copy_(1 + 0.3 * noise.abs())
            elif tensor.dim() > 1 and "table" not in name:
                tensor.copy_(noise / tensor[0].numel() ** 0.5)
            else:
                tensor.copy_(0.3 * noise)


def reference(model, classifier, x, cotangent):
    """Features and gradients in float64, as float32."""
    x = x.double()
    headless = model.double()
    head = model.get_submodule(classifier)
    owner, _, leaf = classifier.rpartition(".")
    setattr(model.get_submodule(owner), leaf, nn.Identity())
    y = headless(x)
    (y * cotangent.double()).sum().backward()
    found = {"input": x, "features": y, "cotangent": cotangent}
    found.update({f"grad/{name}": parameter.grad for name, parameter in headless.named_parameters()})
    setattr(model.get_submodule(owner), leaf, head)
    model.float()
    return {name: tensor.detach().float().contiguous().clone() for name, tensor in found.items()}


def export(model, x, path, form):
    options = {"input_names": ["input"], "output_names": ["output"]}
    if form == "torchscript":
        options |= {"dynamic_axes": {"input": {0: "batch"}}, "do_constant_folding": False, "opset_version": 17}
        torch.onnx.export(model, (x,), path, dynamo=False, **options)
    else:
        options |= {"external_data": False, "optimize": form != "dynamo"}
        if form != "fixed":
            options |= {"dynamic_shapes": ({0: torch.export.Dim("batch")},)}
        torch.onnx.export(model, (x[:1] if form == "fixed" else x,), path, dynamo=True, **options)
    without_notes(path, shapes=False)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, (network, classifier, side) in NETWORKS.items():
        torch.manual_seed(1)
        model = network().eval()
        randomise(model)
        x = torch.randn(BATCH, 3, side, side)
        features = model.get_submodule(classifier).in_features
        result = reference(model, classifier, x, torch.randn(BATCH, features))
        save_file(result, FOLDER / f"{name}.safetensors", {"provenance": json.dumps(PROVENANCE)})
        for form in FEWER_FORMS.get(name, FORMS):
            export(model, x, FOLDER / f"{name}.{form}.onnx", form)


if __name__ == "__main__":
    main()
