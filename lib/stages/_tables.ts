/** The plain tables that stages hand on, and their bytes. */
import type { Digest } from "../base/digest.ts";
import type { Face, Reject } from "../contracts/data.ts";
import type { Blob } from "../contracts/store.ts";
import { readRows } from "./_json_rows.ts";

export type Part = "train" | "validation" | "test";

/** A face with its place in the split. */
export interface FaceRow extends Face {
  readonly split: Part;
  /** Digest of the image file, so that a changed image is noticed downstream. */
  readonly digest: Digest;
}

/** What the dataset stage found beside the faces. */
export interface DatasetSummary {
  /** Faces per part. */
  readonly counts: Readonly<Record<Part, number>>;
  /** Faces whose label is outside `dataset.ages`. */
  readonly outside: number;
  /** Faces that the split leaves out. */
  readonly unused: number;
  readonly rejects: readonly Reject[];
  /** Byte-identical images in several parts, or with several ages. */
  readonly leaks: readonly string[];
}

/** Which faces the packed images hold: row i is the face `faces[i]` of the face table, in its order. */
export interface PackedIndex {
  /** Side of an image in pixels. */
  readonly size: number;
  readonly faces: readonly number[];
}

const encoder = new TextEncoder();

export const toJson = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));

export async function fromJson<T>(blob: Blob): Promise<T> {
  return JSON.parse(await blob.text()) as T;
}

/** What is learnt of a face, and its row of the packed images. */
export interface PackedFace extends Omit<FaceRow, "landmarks" | "digest"> {
  /** Position in the packed file. */
  readonly row: number;
}

/** The faces that have an image, in the order of the packed file. */
export async function* packedFaces(table: Blob, index: PackedIndex): AsyncGenerator<PackedFace, void, void> {
  let at = 0;
  let row = 0;
  for await (const { file, age, groups, split } of readRows<FaceRow>(table)) {
    if (index.faces[row] === at) yield { file, age, groups, split, row: row++ };
    at++;
  }
}

/** RFC 4180 text of a header and rows; numbers as they print, fields quoted where they must be. */
export function toCsv(header: readonly string[], rows: readonly (readonly (string | number)[])[]): Uint8Array {
  const line = (cells: readonly (string | number)[]): string => cells.map(quote).join(",");
  return encoder.encode([header, ...rows].map((cells) => line(cells) + "\r\n").join(""));
}

function quote(cell: string | number): string {
  const text = String(cell);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
