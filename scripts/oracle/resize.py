"""Writes fixtures/images/resize.json: what Pillow's bilinear resize makes of seeded noise, whole or cut by a box.

    python3 scripts/oracle/resize.py
"""

import base64
import json

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
]


def main():
    generator = np.random.default_rng(7)
    cases = []
    for width, height, size, *crop in CASES + CROPS:
        pixels = generator.integers(0, 256, (height, width, 3), dtype=np.uint8)
        left, top, right, bottom = crop[0] if crop else (0, 0, 1, 1)
        box = (left * width, top * height, right * width, bottom * height)
        result = Image.fromarray(pixels).resize((size, size), Image.Resampling.BILINEAR, box)
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
