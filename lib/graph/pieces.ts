/**
 * Protobuf messages as pieces that are joined once. A writer of nested messages copies what it holds at every level: the weights of
 * a model of 45 MB, which lie three levels deep, then take 126 MB beside themselves.
 */

export type Pieces = readonly Uint8Array[];

/** Wire type of what carries its length in front. */
const LENGTH_DELIMITED = 2;

/** A field that holds a message or bytes. */
export function field(number: number, content: Pieces): Pieces {
  return [varint(number * 8 + LENGTH_DELIMITED), varint(lengthOf(content)), ...content];
}

export function join(pieces: Pieces): Uint8Array {
  const bytes = new Uint8Array(lengthOf(pieces));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

function lengthOf(pieces: Pieces): number {
  return pieces.reduce((sum, { length }) => sum + length, 0);
}

/** Seven bits a byte, the lowest first; all but the last have the high bit set. */
function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; bytes.length === 0 || rest > 0; rest = Math.floor(rest / 128)) {
    bytes.push(rest % 128 + (rest >= 128 ? 128 : 0));
  }
  return Uint8Array.from(bytes);
}
