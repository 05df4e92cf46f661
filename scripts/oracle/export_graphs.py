"""Small PyTorch networks, exported to ONNX by both exporters, with their outputs and gradients.

    python3 scripts/oracle/export_graphs.py

writes fixtures/exported/<network>.<form>.onnx, where the form is torchscript, dynamo, or dynamo_raw (without the exporter's own
optimisation), and fixtures/exported/<network>.safetensors. The latter holds the input, the output, the cotangent, under
weight/<name> every parameter, and under grad/<name> the gradient of sum(output * cotangent) by the input and every parameter.
"""

import json
import pathlib
import platform

import onnx
import torch
from export_notes import without_notes
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional as F

FOLDER = pathlib.Path(__file__).parents[2] / "fixtures" / "exported"
BATCH = 2
PROVENANCE = {
    "command": "python3 scripts/oracle/export_graphs.py",
    "torch": torch.__version__,
    "onnx": onnx.__version__,
    "python": platform.python_version(),
}


class SqueezeExcite(nn.Module):
    def __init__(self, channels, reduced):
        super().__init__()
        self.reduce = nn.Conv2d(channels, reduced, 1)
        self.expand = nn.Conv2d(reduced, channels, 1)

    def forward(self, x):
        scale = F.adaptive_avg_pool2d(x, 1)
        scale = F.relu(self.reduce(scale))
        return x * F.hardsigmoid(self.expand(scale))


class InvertedResidual(nn.Module):
    """Howard et al. 2019, MobileNetV3: expand, depthwise, squeeze and excite, project, add."""

    def __init__(self, channels=6, expanded=12):
        super().__init__()
        self.expand = nn.Conv2d(channels, expanded, 1, bias=False)
        self.expand_norm = nn.BatchNorm2d(expanded)
        self.depthwise = nn.Conv2d(expanded, expanded, 3, padding=1, groups=expanded, bias=False)
        self.depthwise_norm = nn.BatchNorm2d(expanded)
        self.excite = SqueezeExcite(expanded, 4)
        self.project = nn.Conv2d(expanded, channels, 1, bias=False)
        self.project_norm = nn.BatchNorm2d(channels)
        self.head = nn.Linear(channels, 5)

    def forward(self, x):
        y = F.hardswish(self.expand_norm(self.expand(x)))
        y = F.hardswish(self.depthwise_norm(self.depthwise(y)))
        y = self.project_norm(self.project(self.excite(y)))
        pooled = F.max_pool2d(x + y, 3, stride=2, padding=1)
        return self.head(F.dropout(pooled.mean((2, 3)), 0.2, self.training))


class Attention(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        batch, tokens, width = x.shape
        qkv = self.qkv(x).reshape(batch, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        q, k, v = qkv.unbind(0)
        attended = F.scaled_dot_product_attention(q, k, v)
        return self.proj(attended.transpose(1, 2).reshape(batch, tokens, width))


class VisionTransformer(nn.Module):
    """Dosovitskiy et al. 2021: patches, class token, one pre-norm block, linear head."""

    def __init__(self, width=8, heads=2, side=8, patch=4):
        super().__init__()
        self.patch = nn.Conv2d(3, width, patch, stride=patch)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + (side // patch) ** 2, width))
        self.norm1 = nn.LayerNorm(width)
        self.attention = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, 2 * width)
        self.fc2 = nn.Linear(2 * width, width)
        self.norm = nn.LayerNorm(width)
        self.head = nn.Linear(width, 3)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], 1) + self.pos_embed
        x = x + self.attention(self.norm1(x))
        x = x + self.fc2(F.gelu(self.fc1(self.norm2(x))))
        return F.log_softmax(self.head(self.norm(x)[:, 0]), -1)


class UNet(nn.Module):
    """Ronneberger et al. 2015, one level: down, up by transposed convolution and by interpolation, skips joined."""

    def __init__(self, width=4):
        super().__init__()
        self.down = nn.Conv2d(3, width, 3, stride=2, padding=1)
        self.inner = nn.Conv2d(width, 2 * width, 3, padding=2, dilation=2, padding_mode="zeros")
        self.norm = nn.InstanceNorm2d(2 * width, affine=True)
        self.up = nn.ConvTranspose2d(2 * width, width, 2, stride=2)
        self.fuse = nn.Conv2d(2 * width + width + 3, width, 3, padding=1)
        self.slope = nn.PReLU(width)
        self.out = nn.Conv2d(width, 2, 1)

    def forward(self, x):
        down = F.leaky_relu(self.down(x), 0.1)
        inner = F.elu(self.norm(self.inner(down)))
        raised = F.interpolate(inner, scale_factor=2, mode="bilinear", align_corners=False)
        joined = torch.cat([self.up(inner), raised, x], 1)
        return torch.sigmoid(self.out(self.slope(self.fuse(F.pad(joined, (1, 0, 0, 1)))[:, :, 1:, :-1])))


NETWORKS = {
    "mobilenet": (InvertedResidual, (BATCH, 6, 8, 8)),
    "vit": (VisionTransformer, (BATCH, 3, 8, 8)),
    "unet": (UNet, (BATCH, 3, 8, 8)),
}


def randomise(model):
    """Weights and statistics away from their special starting values."""
    with torch.no_grad():
        for name, tensor in list(model.named_parameters()) + list(model.named_buffers()):
            if not tensor.is_floating_point():
                continue
            noise = torch.randn_like(tensor) * 0.3
            is_scale = name.endswith("var") or (tensor.dim() == 1 and name.endswith("weight"))
            tensor.copy_(1 + noise.abs() if is_scale else noise)


def reference(model, x, cotangent):
    """Output and gradients in float64, as float32."""
    model = model.double()
    x = x.double().requires_grad_()
    y = model(x)
    (y * cotangent.double()).sum().backward()
    found = {"input": x, "output": y, "cotangent": cotangent, "grad/input": x.grad}
    found.update({f"grad/{name}": parameter.grad for name, parameter in model.named_parameters()})
    found.update({f"weight/{name}": parameter for name, parameter in model.named_parameters()})
    result = {name: tensor.detach().float().contiguous() for name, tensor in found.items()}
    model.float()
    return result


def export(model, x, path, form):
    options = {"input_names": ["input"], "output_names": ["output"]}
    if form == "torchscript":
        options |= {"dynamic_axes": {"input": {0: "batch"}}, "do_constant_folding": False, "opset_version": 17}
        torch.onnx.export(model, (x,), path, dynamo=False, **options)
    else:
        options |= {"dynamic_shapes": ({0: torch.export.Dim("batch")},), "external_data": False, "optimize": form == "dynamo"}
        torch.onnx.export(model, (x,), path, dynamo=True, **options)
    without_notes(path)


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, (network, shape) in NETWORKS.items():
        torch.manual_seed(1)
        model = network().eval()
        randomise(model)
        x = torch.randn(shape)
        cotangent = torch.randn_like(model(x))
        save_file(reference(model, x, cotangent), FOLDER / f"{name}.safetensors", {"provenance": json.dumps(PROVENANCE)})
        for form in ("torchscript", "dynamo", "dynamo_raw"):
            export(model, x, FOLDER / f"{name}.{form}.onnx", form)


if __name__ == "__main__":
    main()
