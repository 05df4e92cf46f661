"""Prints how many seconds Pillow takes, in one process, to open, convert and resize the images named on standard input.

    ls -d FOLDER/* | python3 scripts/oracle/decode_speed.py SIZE
"""

import sys
import time

from PIL import Image


def main():
    size = int(sys.argv[1])
    files = sys.stdin.read().splitlines()
    start = time.perf_counter()
    for file in files:
        with Image.open(file) as image:
            image.convert("RGB").resize((size, size), Image.Resampling.BILINEAR).tobytes()
    print(time.perf_counter() - start)


if __name__ == "__main__":
    main()
