import { UserError } from "../../lib/base/errors.ts";

/** Why an image cannot be used, in plain words for the list of images left out. */
export class UnreadableImage extends Error {
  override readonly name = "UnreadableImage";
}

/** The process lacks a permission: no fault of the image, so it is not listed but ends the work. */
export class NotAllowed extends UserError {}

export function truncated(): UnreadableImage {
  return new UnreadableImage("truncated: the file ends before its picture does");
}

/** The reason to list for whatever went wrong with an image. */
export function reasonOf(error: unknown): string {
  if (error instanceof UnreadableImage || error instanceof UserError) return error.message;
  const text = error instanceof Error ? error.message : String(error);
  return `cannot be read: ${text.split("\n")[0]}`;
}
