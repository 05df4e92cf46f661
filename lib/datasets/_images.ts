/** What the readers of this room share about image files and ages. */

/** Years; the longest documented life is 122. */
export const OLDEST = 122;

/** Whether a file's name says that it is an image; hidden files are not. */
export function isImageName(path: string): boolean {
  return /\.(jpe?g|png|gif|bmp|tiff?)$/i.test(path) && !baseName(path).startsWith(".");
}

/** The last part of a path. */
export function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
