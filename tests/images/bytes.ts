/** Small image headers, written by hand. */

export function concat(...parts: (Uint8Array | readonly number[])[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}

export const ascii = (text: string): number[] => [...text].map((letter) => letter.charCodeAt(0));
export const u16 = (value: number): number[] => [value >> 8, value & 0xFF];
export const u32 = (value: number): number[] => [...u16(value >>> 16), ...u16(value & 0xFFFF)];
export const le16 = (value: number): number[] => u16(value).reverse();
export const le32 = (value: number): number[] => u32(value).reverse();

/** A marker segment of a JPEG. */
export const segment = (marker: number, body: readonly number[]): number[] => [
  0xFF,
  marker,
  ...u16(body.length + 2),
  ...body,
];

/** A JPEG up to the start of its scan. */
export function jpegHeader(width: number, height: number, components = 3, before: readonly number[] = []): Uint8Array {
  const frame = [8, ...u16(height), ...u16(width), components];
  return concat([0xFF, 0xD8], before, segment(0xC0, frame), segment(0xDA, [0]));
}

export function pngHeader(width: number, height: number): Uint8Array {
  return concat(
    [0x89],
    ascii("PNG\r\n\x1A\n"),
    u32(13),
    ascii("IHDR"),
    u32(width),
    u32(height),
    [8, 2, 0, 0, 0],
    u32(0),
  );
}

/** A GIF whose only frame has another size than its screen. */
export function gifHeader(screen: readonly [number, number], frame: readonly [number, number]): Uint8Array {
  const comment = [0x21, 0xFE, 3, ...ascii("hey"), 0];
  const descriptor = [0x2C, ...le16(0), ...le16(0), ...le16(frame[0]), ...le16(frame[1]), 0];
  return concat(
    ascii("GIF89a"),
    le16(screen[0]),
    le16(screen[1]),
    [0x80, 0, 0],
    [0, 0, 0, 9, 9, 9],
    comment,
    descriptor,
  );
}

export function bmpHeader(width: number, height: number): Uint8Array {
  return concat(ascii("BM"), le32(0), le32(0), le32(54), le32(40), le32(width), le32(height), le32(0));
}

/** A TIFF structure in either byte order whose directories hold these whole-number tags. */
export function tiff(pages: readonly Readonly<Record<number, number>>[], order: "II" | "MM" = "II"): Uint8Array {
  const two = order === "II" ? le16 : u16;
  const four = order === "II" ? le32 : u32;
  let bytes = concat(ascii(order), two(42), four(8));
  for (const [i, tags] of pages.entries()) {
    const entries = Object.entries(tags).map((
      [tag, value],
    ) => [...two(Number(tag)), ...two(4), ...four(1), ...four(value)]);
    const end = bytes.length + 2 + entries.length * 12 + 4;
    bytes = concat(bytes, two(entries.length), entries.flat(), four(i + 1 < pages.length ? end : 0));
  }
  return bytes;
}
