"""Writes fixtures/images/resize.json: what Pillow's bilinear resize makes of seeded noise.

    python3 scripts/oracle/resize.py
"""

import base64
import json

import numpy as np
import PIL
from PIL import Image

# width, height, side of the result: shrinking, growing, one axis each way, a single pixel, no change
CASES = [(23, 31, 8), (7, 5, 16), (40, 6, 12), (1, 1, 4), (9, 9, 9), (64, 48, 1), (96, 80, 24)]


def main():
    generator = np.random.default_rng(7)
    cases = []
    for width, height, size in CASES:
        pixels = generator.integers(0, 256, (height, width, 3), dtype=np.uint8)
        result = Image.fromarray(pixels).resize((size, size), Image.Resampling.BILINEAR)
        cases.append(
            {
                "width": width,
                "height": height,
                "size": size,
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
