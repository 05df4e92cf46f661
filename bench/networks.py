"""The networks of the bench as PyTorch modules, from images [N,3,S,S] to features [N,F]."""

import torch
from torch import nn
from torch.nn import functional as F


class BasicBlock(nn.Module):
    """He et al. 2016: two 3x3 convolutions beside the shortcut."""

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


class ResNet18(nn.Sequential):
    def __init__(self, width, stem):
        if stem == "imagenet":
            first, pool = nn.Conv2d(3, width, 7, 2, 3, bias=False), nn.MaxPool2d(3, 2, 1)
        else:
            first, pool = nn.Conv2d(3, width, 3, 1, 1, bias=False), nn.MaxPool2d(2)
        layers, inputs = [first, nn.BatchNorm2d(width), nn.ReLU(inplace=True), pool], width
        for stage in range(4):
            for place in range(2):
                outputs = width * 2**stage
                layers.append(BasicBlock(inputs, outputs, 2 if stage > 0 and place == 0 else 1))
                inputs = outputs
        super().__init__(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten())


class Mlp(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class Attention(nn.Module):
    """Multi-head attention over [N,tokens,width]."""

    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.proj = nn.Linear(width, width)

    def forward(self, x):
        batch, tokens, width = x.shape
        qkv = self.qkv(x).reshape(batch, tokens, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        y = self.attend(*qkv.unbind(0))
        return self.proj(y.transpose(1, 2).reshape(batch, tokens, width))

    def attend(self, q, k, v):
        return F.scaled_dot_product_attention(q, k, v)


class WindowAttention(Attention):
    """With a bias by relative position, and a mask [windows,area,area] where windows are shifted; area = window^2 tokens."""

    def __init__(self, width, heads, window, mask):
        super().__init__(width, heads)
        self.area = window**2
        self.position_bias = nn.Parameter(torch.randn((2 * window - 1) ** 2, heads) * 0.02)
        self.register_buffer("position_index", relative_positions(window), persistent=False)
        self.register_buffer("mask", mask, persistent=False)

    def attend(self, q, k, v):
        scores = (q * q.shape[-1] ** -0.5) @ k.transpose(-2, -1)
        scores = scores + self.position_bias[self.position_index].reshape(self.area, self.area, -1).permute(2, 0, 1)
        if self.mask is not None:
            split = scores.reshape(-1, len(self.mask), self.heads, self.area, self.area)
            scores = (split + self.mask[:, None]).reshape(scores.shape)
        return scores.softmax(-1) @ v


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.norm1 = nn.LayerNorm(width, eps=1e-6)
        self.attention = Attention(width, heads)
        self.norm2 = nn.LayerNorm(width, eps=1e-6)
        self.mlp = Mlp(width)

    def forward(self, x):
        x = x + self.attention(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class VisionTransformer(nn.Module):
    """Dosovitskiy et al. 2021, sizes of DeiT-tiny (Touvron et al. 2021)."""

    def __init__(self, image, width=192, heads=3, depth=12, patch=16):
        super().__init__()
        self.patch = nn.Conv2d(3, width, patch, stride=patch)
        self.cls_token = nn.Parameter(torch.zeros(1, 1, width))
        self.pos_embed = nn.Parameter(torch.randn(1, 1 + (image // patch) ** 2, width) * 0.02)
        self.blocks = nn.Sequential(*(Block(width, heads) for _ in range(depth)))
        self.norm = nn.LayerNorm(width, eps=1e-6)

    def forward(self, x):
        x = self.patch(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.cls_token.expand(x.shape[0], -1, -1), x], 1) + self.pos_embed
        return self.norm(self.blocks(x))[:, 0]


class SwinBlock(nn.Module):
    """Liu et al. 2021: attention inside windows, shifted by half a window in every other block."""

    def __init__(self, width, heads, side, window, shift):
        super().__init__()
        self.side, self.window, self.shift = side, window, shift if side > window else 0
        self.norm1 = nn.LayerNorm(width)
        mask = shift_mask(side, window, self.shift) if self.shift else None
        self.attention = WindowAttention(width, heads, window, mask)
        self.norm2 = nn.LayerNorm(width)
        self.mlp = Mlp(width)

    def forward(self, x):
        batch, side, _, width = x.shape
        window, count = self.window, side // self.window
        y = self.norm1(x)
        if self.shift:
            y = torch.roll(y, (-self.shift, -self.shift), (1, 2))
        y = y.reshape(batch, count, window, count, window, width).transpose(2, 3)
        y = self.attention(y.reshape(-1, window * window, width))
        y = y.reshape(batch, count, count, window, window, width).transpose(2, 3).reshape(x.shape)
        if self.shift:
            y = torch.roll(y, (self.shift, self.shift), (1, 2))
        x = x + y
        return x + self.mlp(self.norm2(x))


def relative_positions(window):
    """[window^4]: for each pair of places in a window, the row of the bias table."""
    places = torch.cartesian_prod(torch.arange(window), torch.arange(window))
    apart = places[:, None] - places[None] + window - 1
    return (apart[..., 0] * (2 * window - 1) + apart[..., 1]).reshape(-1)


def shift_mask(side, window, shift):
    """[windows, window^2, window^2]: -100 between places of a shifted window that were not neighbours."""
    region = torch.zeros(side, dtype=torch.long)
    region[side - window :] = 1
    region[side - shift :] = 2
    count = side // window
    regions = (3 * region[:, None] + region[None]).reshape(count, window, count, window).transpose(1, 2)
    regions = regions.reshape(count * count, window * window)
    return (regions[:, :, None] != regions[:, None]).float() * -100


class PatchMerging(nn.Module):
    def __init__(self, width):
        super().__init__()
        self.norm = nn.LayerNorm(4 * width)
        self.reduction = nn.Linear(4 * width, 2 * width, bias=False)

    def forward(self, x):
        parts = [x[:, row::2, column::2] for column in (0, 1) for row in (0, 1)]
        return self.reduction(self.norm(torch.cat(parts, -1)))


class SwinTransformer(nn.Module):
    def __init__(self, image, width=96, heads=(3, 6, 12), depth=2, patch=4, window=7):
        super().__init__()
        side = image // patch
        self.patch = nn.Conv2d(3, width, patch, stride=patch)
        self.patch_norm = nn.LayerNorm(width)
        layers = []
        for stage, count in enumerate(heads):
            if stage > 0:
                layers.append(PatchMerging(width))
                side, width = side // 2, 2 * width
            layers += [SwinBlock(width, count, side, window, place % 2 * (window // 2)) for place in range(depth)]
        self.layers = nn.Sequential(*layers)
        self.norm = nn.LayerNorm(width)

    def forward(self, x):
        x = self.patch_norm(self.patch(x).permute(0, 2, 3, 1))
        return self.norm(self.layers(x)).mean((1, 2))


MODULES = {"vit_tiny": VisionTransformer, "swin_tiny": SwinTransformer}
