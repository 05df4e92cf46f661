"""Writes fixtures/images/decode/ and decode.json: one drawing in many file formats, and what Pillow reads from each.

    python3 scripts/oracle/decode.py

Each result is the picture put upright by its EXIF orientation, as RGB, resized to 16 x 16 by Pillow's bilinear filter. Of those
with an orientation there is also the part inside CROP (left, top, right, bottom in fractions), resized to the same size.
"""

import base64
import json
import os

import numpy as np
import PIL
from PIL import Image, ImageDraw, ImageOps

FOLDER = "fixtures/images/decode"
WIDTH, HEIGHT, SIZE = 40, 28, 16
CROP = (0.1, 0.3, 0.55, 0.85)


def drawing():
    """A gradient with shapes, different in every corner, so that no turn of it looks like another."""
    x, y = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    pixels = np.stack([40 + 5 * x, 220 - 6 * y, 90 + 2 * x + 2 * y], -1).clip(0, 255).astype(np.uint8)
    image = Image.fromarray(pixels)
    draw = ImageDraw.Draw(image)
    draw.ellipse((3, 3, 15, 15), fill=(230, 40, 40))
    draw.rectangle((26, 16, 37, 24), fill=(20, 60, 200))
    return image


def exif(orientation):
    fields = Image.Exif()
    fields[0x0112] = orientation
    return fields


def save_all(image):
    save = lambda name, picture, **options: picture.save(f"{FOLDER}/{name}", **options)
    save("color.jpg", image, quality=92)
    save("subsampled.jpg", image, quality=85, subsampling="4:2:0")
    save("progressive.jpg", image, quality=92, progressive=True)
    save("grey.jpg", image.convert("L"), quality=92)
    save("cmyk.jpg", image.convert("CMYK"), quality=95)
    save("cmyk_turned.jpg", image.convert("CMYK"), quality=95, exif=exif(6))
    for orientation in range(1, 9):
        save(f"orientation_{orientation}.jpg", image, quality=92, exif=exif(orientation))
    save("color.png", image)
    save("alpha.png", with_alpha(image))
    save("palette.png", image.quantize(64))
    save("grey.png", image.convert("L"))
    save("orientation_6.png", image, exif=exif(6))
    save("palette.gif", image.quantize(64))
    save("color.bmp", image)
    save("plain.tiff", image)
    save("lzw.tiff", image, compression="tiff_lzw")
    save("orientation_8.tiff", image, exif=exif(8))


def with_alpha(image):
    """The same colours, half of the picture transparent."""
    alpha = Image.fromarray(np.tile(np.where(np.arange(WIDTH) < WIDTH // 2, 0, 255).astype(np.uint8), (HEIGHT, 1)))
    return Image.merge("RGBA", (*image.split(), alpha))


def make_ycck():
    """A CMYK file whose Adobe marker says that its colours are YCCK (transform 2 instead of 0)."""
    with open(f"{FOLDER}/cmyk.jpg", "rb") as file:
        content = bytearray(file.read())
    marker = content.index(b"Adobe")
    content[marker + 11] = 2
    with open(f"{FOLDER}/ycck.jpg", "wb") as file:
        file.write(content)


def result_of(name, crop=(0, 0, 1, 1)):
    with Image.open(f"{FOLDER}/{name}") as image:
        upright = ImageOps.exif_transpose(image).convert("RGB")
    box = [edge * side for edge, side in zip(crop, upright.size * 2)]
    return base64.b64encode(upright.resize((SIZE, SIZE), Image.Resampling.BILINEAR, box).tobytes()).decode()


def main():
    os.makedirs(FOLDER, exist_ok=True)
    save_all(drawing())
    make_ycck()
    names = sorted(os.listdir(FOLDER))
    results = {name: result_of(name) for name in names}
    cropped = {name: result_of(name, CROP) for name in names if "orientation" in name}
    provenance = f"python3 scripts/oracle/decode.py, Pillow {PIL.__version__}, numpy {np.__version__}"
    with open("fixtures/images/decode.json", "w") as file:
        content = {"provenance": provenance, "size": SIZE, "results": results, "crop": CROP, "cropped": cropped}
        json.dump(content, file, indent=1)
        file.write("\n")


if __name__ == "__main__":
    main()
