"""Writes fixtures/images/resize.json: what Pillow's bilinear resize makes of seeded noise, whole or cut by a box,
which may reach into a black border.

    python3 scripts/oracle/resize.py
"""

import base64
import json
import math

import numpy as np
import PIL
from PIL import Image

# width, height, side of the result: shrinking, growing, one axis each way, a single pixel, no change
CASES = [(23, 31, 8), (7, 5, 16), (40, 6, 12), (1, 1, 4), (9, 9, 9), (64, 48, 1), (96, 80, 24)]
# the same with a crop: left, top, right, bottom in fractions
CROPS = [
    (23, 31, 8, (0.1, 0.2, 0.9, 0.85)),
    (40, 60, 12, (0.0, 0.0, 0.5, 0.5)),
    (7, 5, 16, (0.3, 0.31, 0.77, 1.0)),
    (200, 150, 28, (0.123, 0.2, 0.871, 0.911)),
    (9, 9, 9, (0.25, 0.0, 1.0, 1.0)),
    (30, 30, 10, (0.49, 0.49, 0.495, 0.5)),
    (40, 40, 12, (0.0, -0.2, 1.0, 0.8)),
    (24, 32, 16, (-0.25, 0.125, 1.3125, 1.5)),
    (16, 8, 10, (-0.5, -1.0, -0.0625, 2.0)),
]


def black_border(pixels, left, top, right, bottom):
    """The image with the black around it that a box reaches, and the box on it."""
    height, width = pixels.shape[:2]
    before = [max(0, -math.floor(edge)) for edge in (left, top)]
    behind = [max(0, math.ceil(right) - width), max(0, math.ceil(bottom) - height)]
    across, down = zip(before, behind)
    bordered = np.pad(pixels, (down, across, (0, 0)))
    x, y = before
    return Image.fromarray(bordered), (left + x, top + y, right + x, bottom + y)


def main():
    generator = np.random.default_rng(7)
    cases = []
    for width, height, size, *crop in CASES + CROPS:
        pixels = generator.integers(0, 256, (height, width, 3), dtype=np.uint8)
        left, top, right, bottom = crop[0] if crop else (0, 0, 1, 1)
        box = (left * width, top * height, right * width, bottom * height)
        image, box = black_border(pixels, *box)
        result = image.resize((size, size), Image.Resampling.BILINEAR, box)
        cases.append(
            {
                "width": width,
                "height": height,
                "size": size,
                "crop": [left, top, right, bottom],
                "pixels": base64.b64encode(pixels.tobytes()).decode(),
                "result": base64.b64encode(result.tobytes()).decode(),
            }
        )
    provenance = f"python3 scripts/oracle/resize.py, Pillow {PIL.__version__}, numpy {np.__version__}"
    with open("fixtures/images/resize.json", "w") as file:
        json.dump({"provenance": provenance, "cases": cases}, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
