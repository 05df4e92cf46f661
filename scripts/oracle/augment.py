"""Writes fixtures/images/augment.json: colour changes, turns, blurs and enlarged parts of seeded noise, computed by PyTorch.

    python3 scripts/oracle/augment.py

Colour follows torchvision.transforms.v2.functional on float images: adjust_brightness, adjust_contrast, adjust_saturation.
"""

import base64
import json
import math

import torch
import torch.nn.functional as F

WIDTH, HEIGHT = 11, 9
GREY = torch.tensor([0.2989, 0.587, 0.114], dtype=torch.float64).view(3, 1, 1)
# brightness, contrast, saturation
COLORS = [(1.3, 1.0, 1.0), (0.6, 1.0, 1.0), (1.0, 1.5, 1.0), (1.0, 0.2, 1.0), (1.0, 1.0, 1.8), (1.0, 1.0, 0.0), (1.2, 0.7, 1.4)]
ANGLES = [0.0, 12.5, -40.0, 90.0, 180.0]
SIGMAS = [0.3, 1.0, 2.5]
# left, top, width, height in pixels
PARTS = [(0.0, 0.0, 11.0, 9.0), (2.5, 1.25, 6.0, 5.5), (0.0, 3.13, 11.0, 2.07), (8.3, 6.7, 2.7, 2.3)]


def blend(image, other, ratio):
    return (ratio * image + (1 - ratio) * other).clamp(0, 1)


def recolor(image, brightness, contrast, saturation):
    image = blend(image, torch.zeros_like(image), brightness)
    image = blend(image, (image * GREY).sum(0, keepdim=True).mean(), contrast)
    return blend(image, (image * GREY).sum(0, keepdim=True), saturation)


def rotate(image, degrees, padding):
    angle = math.radians(degrees)
    y, x = torch.meshgrid(torch.arange(HEIGHT), torch.arange(WIDTH), indexing="ij")
    right, below = x - (WIDTH - 1) / 2, y - (HEIGHT - 1) / 2
    from_x = (math.cos(angle) * right + math.sin(angle) * below) / ((WIDTH - 1) / 2)
    from_y = (-math.sin(angle) * right + math.cos(angle) * below) / ((HEIGHT - 1) / 2)
    grid = torch.stack([from_x, from_y], -1)[None].double()
    return F.grid_sample(image[None], grid, mode="bilinear", padding_mode=padding, align_corners=True)[0]


def blur(image, sigma):
    radius = math.ceil(3 * sigma)
    weights = torch.exp(-torch.arange(-radius, radius + 1).double() ** 2 / (2 * sigma**2))
    weights = weights / weights.sum()
    padded = F.pad(image[None], (radius,) * 4, mode="reflect")[0][:, None]
    rows = F.conv2d(padded, weights.view(1, 1, 1, -1))
    return F.conv2d(rows, weights.view(1, 1, -1, 1))[:, 0]


def enlarge(image, left, top, width, height):
    x = (left + (torch.arange(WIDTH) + 0.5).double() * width / WIDTH) / WIDTH * 2 - 1
    y = (top + (torch.arange(HEIGHT) + 0.5).double() * height / HEIGHT) / HEIGHT * 2 - 1
    down, across = torch.meshgrid(y, x, indexing="ij")
    grid = torch.stack([across, down], -1)[None]
    return F.grid_sample(image[None], grid, mode="bilinear", padding_mode="border", align_corners=False)[0]


def levels(image):
    """Rounded to bytes, interleaved."""
    bytes_ = (image * 255 + 0.5).floor().clamp(0, 255).to(torch.uint8).permute(1, 2, 0).contiguous()
    return base64.b64encode(bytes_.numpy().tobytes()).decode()


def main():
    generator = torch.Generator().manual_seed(5)
    image = torch.randint(0, 256, (3, HEIGHT, WIDTH), generator=generator).double() / 255
    turns = [(angle, border) for angle in ANGLES for border in ("edge", "reflect")]
    padding = {"edge": "border", "reflect": "reflection"}
    content = {
        "provenance": f"python3 scripts/oracle/augment.py, PyTorch {torch.__version__}",
        "width": WIDTH,
        "height": HEIGHT,
        "pixels": levels(image),
        "colors": [{"factors": f, "result": levels(recolor(image, *f))} for f in COLORS],
        "turns": [{"degrees": a, "border": b, "result": levels(rotate(image, a, padding[b]))} for a, b in turns],
        "blurs": [{"sigma": s, "result": levels(blur(image, s))} for s in SIGMAS],
        "parts": [{"part": p, "result": levels(enlarge(image, *p))} for p in PARTS],
        "grey": levels((image * GREY).sum(0, keepdim=True).expand(3, -1, -1)),
    }
    with open("fixtures/images/augment.json", "w") as file:
        json.dump(content, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
