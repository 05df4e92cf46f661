/** What kind of file the first bytes say it is. */

export type ImageFormat = "jpeg" | "png" | "gif" | "bmp" | "tiff";

/** The kinds of file that are told apart by their first bytes; `?` stands for any character. */
const SIGNATURES: readonly (readonly [string, string])[] = [
  ["jpeg", "\xFF\xD8\xFF"],
  ["png", "\x89PNG\r\n\x1A\n"],
  ["gif", "GIF8"],
  ["bmp", "BM"],
  ["tiff", "II*\0"],
  ["tiff", "MM\0*"],
  ["WebP image", "RIFF????WEBP"],
  ["AVIF image", "????ftypavif"],
  ["HEIC image", "????ftyphei"],
  ["HEIC image", "????ftypmif1"],
  ["video", "????ftyp"],
  ["JPEG XL image", "\xFF\x0A"],
  ["JPEG 2000 image", "\0\0\0\x0CjP"],
  ["PDF document", "%PDF"],
  ["zip archive", "PK\x03\x04"],
  ["gzip archive", "\x1F\x8B"],
  ["HTML page", "<!DOCTYPE"],
  ["HTML page", "<!doctype"],
  ["HTML page", "<html"],
  ["XML document", "<?xml"],
];

const READABLE: ReadonlySet<string> = new Set(["jpeg", "png", "gif", "bmp", "tiff"]);

/** The format of an image that can be read, or `undefined`. */
export function sniff(bytes: Uint8Array): ImageFormat | undefined {
  const kind = kindOf(bytes);
  return kind !== undefined && READABLE.has(kind) ? kind as ImageFormat : undefined;
}

/** Says in plain words what a file is that cannot be read as an image: "an empty file", "a WebP image", "not an image". */
export function describeKind(bytes: Uint8Array): string {
  if (bytes.length === 0) return "the file is empty";
  if (bytes.every((byte) => byte === 0)) return "the file holds only zero bytes";
  const kind = kindOf(bytes);
  const readable = "JPEG, PNG, GIF, BMP and TIFF are read";
  return kind === undefined ? `not an image (${readable})` : `${article(kind)} ${kind} (${readable})`;
}

function kindOf(bytes: Uint8Array): string | undefined {
  return SIGNATURES.find(([, signature]) => matches(bytes, signature))?.[0];
}

function matches(bytes: Uint8Array, signature: string): boolean {
  if (bytes.length < signature.length) return false;
  for (let i = 0; i < signature.length; i++) {
    if (signature[i] !== "?" && signature.charCodeAt(i) !== bytes[i]) return false;
  }
  return true;
}

function article(noun: string): string {
  return /^[aeiouhx]/i.test(noun) && !/^heic/i.test(noun) ? "an" : "a";
}
