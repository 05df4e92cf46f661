/** A long table in the making, kept in pieces so that a killed run goes on from the last one. */
import type { BlobRef, BlobWriter, Scratch } from "../contracts/store.ts";

/** Bytes that wait in memory for the piece to be written. */
const LARGEST = 32 * 1024 * 1024;

export class Pieces {
  /** Bytes of the whole pieces, and of those that still wait. */
  #kept = 0;
  #waiting: Uint8Array[] = [];

  private constructor(private readonly scratch: Scratch) {}

  /** The pieces that an earlier run left. */
  static async open(scratch: Scratch): Promise<Pieces> {
    const pieces = new Pieces(scratch);
    for await (const piece of pieces.#whole()) pieces.#kept += piece.length;
    return pieces;
  }

  /** Bytes so far. */
  get length(): number {
    return this.#kept + this.#waiting.reduce((sum, { length }) => sum + length, 0);
  }

  /** Takes the next bytes, and writes a piece where many wait. */
  async add(bytes: Uint8Array): Promise<void> {
    this.#waiting.push(bytes);
    if (this.length - this.#kept >= LARGEST) await this.flush();
  }

  /** Writes what waits. */
  async flush(): Promise<void> {
    const piece = new Uint8Array(this.length - this.#kept);
    let at = 0;
    for (const bytes of this.#waiting) {
      piece.set(bytes, at);
      at += bytes.length;
    }
    if (piece.length > 0) await this.scratch.write(nameAt(this.#kept), piece);
    this.#kept += piece.length;
    this.#waiting = [];
  }

  /** Everything, as one blob. */
  async joined(writer: BlobWriter): Promise<BlobRef> {
    await this.flush();
    for await (const piece of this.#whole()) await writer.write(piece);
    return await writer.close();
  }

  /** One after the other; each is called by where it starts, so that what a damaged one leaves behind is never taken. */
  async *#whole(): AsyncGenerator<Uint8Array> {
    let at = 0;
    while (true) {
      const piece = await this.scratch.read(nameAt(at));
      if (!piece || piece.length === 0) return;
      yield piece;
      at += piece.length;
    }
  }
}

function nameAt(offset: number): string {
  return `bytes-${offset}`;
}
