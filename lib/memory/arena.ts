/**
 * ONNX Runtime's arena (onnxruntime/core/framework/bfc_arena.cc): memory is taken from the system in regions, each twice as large as
 * the one before it, and handed out in pieces; the smallest piece that is large enough is taken. Pieces that lie side by side and
 * are free become one, across regions they do not. So a run holds more than is alive at any moment, the more the more its values
 * differ in size, and what it has touched stays with the process.
 */
import type { PlannedBuffer } from "./buffers.ts";

const MIB = 2 ** 20;
/** Lengths of pieces are multiples of it. */
const GRAIN = 256;
const FIRST_REGION = MIB;
const SECOND_REGION = 2 * MIB;
const LARGEST_STEP = 2 ** 30;
/** A piece that is less than twice as large as what is asked for is given whole, unless it would waste that much. */
const MOST_WASTED = 128 * MIB;

/** Bytes of memory that one run touches. @param sizes bytes of every value, by name. */
export function arenaBytes(buffers: readonly PlannedBuffer[], sizes: ReadonlyMap<string, number>): number {
  const arena = new Arena();
  const pieces = new Map<PlannedBuffer, Piece>();
  const leaving = buffers.toSorted((a, b) => a.last - b.last);
  let gone = 0;
  for (const buffer of buffers) {
    while (leaving[gone].last < buffer.first) arena.give(pieces.get(leaving[gone++])!);
    pieces.set(buffer, arena.take(sizes.get(buffer.value) ?? 0));
  }
  return arena.touched;
}

/** A part of a region. */
interface Piece {
  readonly region: number;
  readonly start: number;
  size: number;
  /** Its neighbours in the region. */
  before: Piece | undefined;
  after: Piece | undefined;
}

export class Arena {
  /** For each region, how far it has been handed out. */
  readonly #reached: number[] = [];
  readonly #free = new Set<Piece>();
  #next = FIRST_REGION;

  /** Bytes of all regions that have been handed out at some time. */
  get touched(): number {
    return this.#reached.reduce((sum, reached) => sum + reached, 0);
  }

  take(bytes: number): Piece {
    const size = Math.max(GRAIN, Math.ceil(bytes / GRAIN) * GRAIN);
    const piece = this.#smallest(size) ?? this.#extend(size);
    this.#free.delete(piece);
    if (piece.size >= 2 * size || piece.size - size >= MOST_WASTED) this.#split(piece, size);
    this.#reached[piece.region] = Math.max(this.#reached[piece.region], piece.start + size);
    return piece;
  }

  give(piece: Piece): void {
    const { before, after } = piece;
    if (after && this.#free.has(after)) this.#join(piece, after);
    if (before && this.#free.has(before)) this.#join(before, piece);
    else this.#free.add(piece);
  }

  /** The smallest free piece of at least this size. */
  #smallest(size: number): Piece | undefined {
    let best: Piece | undefined;
    for (const piece of this.#free) {
      if (piece.size >= size && (best === undefined || comesFirst(piece, best))) best = piece;
    }
    return best;
  }

  /** A new region as one piece. */
  #extend(size: number): Piece {
    let isDoubled = false;
    while (this.#next < size) {
      this.#next *= 2;
      isDoubled = true;
    }
    const region = this.#reached.push(0) - 1;
    const piece = { region, start: 0, size: this.#next, before: undefined, after: undefined };
    if (region === 0) this.#next = SECOND_REGION;
    else if (!isDoubled) this.#next = Math.min(2 * this.#next, LARGEST_STEP);
    return piece;
  }

  #split(piece: Piece, size: number): void {
    const { region, start, after } = piece;
    const rest = { region, start: start + size, size: piece.size - size, before: piece, after };
    if (after) after.before = rest;
    piece.after = rest;
    piece.size = size;
    this.#free.add(rest);
  }

  /** Puts the second piece at the end of the first. */
  #join(first: Piece, second: Piece): void {
    this.#free.delete(second);
    first.size += second.size;
    first.after = second.after;
    if (second.after) second.after.before = first;
  }
}

function comesFirst(a: Piece, b: Piece): boolean {
  return a.size - b.size < 0 || (a.size === b.size && (a.region - b.region || a.start - b.start) < 0);
}
