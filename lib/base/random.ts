/**
 * Counter-based random numbers: a value depends on its key and its position alone, never on what was drawn before, so any
 * worker can draw any value in any order. Philox 4x32-10 (Salmon, Moraes, Dror, Shaw, SC 2011).
 */

const M0 = 0xD2511F53;
const M1 = 0xCD9E8D57;
const W0 = 0x9E3779B9;
const W1 = 0xBB67AE85;

/** A stream of random numbers; `at` jumps are free because every value is a function of (key, position). */
export interface Random {
  /** Uniform in [0, 1), 32 bits of resolution. */
  uniform(): number;
  /** Uniform in [low, high). */
  between(low: number, high: number): number;
  /** Uniform integer in [0, bound), bound below 2^32. */
  integer(bound: number): number;
  /** Standard normal (Box-Muller). */
  normal(): number;
}

/** The random stream that belongs to these words, e.g. `random(seed, epoch, image, "flip")`. */
export function random(...key: readonly (number | string)[]): Random {
  const [k0, k1] = hashKey(key);
  const block = new Uint32Array(4);
  let counter = 0;
  let left = 0;
  const word = (): number => {
    if (left === 0) {
      philox(block, counter++, k0, k1);
      left = 4;
    }
    return block[4 - left--];
  };
  const uniform = (): number => word() / 0x1_0000_0000;
  return {
    uniform,
    between: (low, high) => low + (high - low) * uniform(),
    integer: (bound) => Math.floor(uniform() * bound),
    normal: () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform()),
  };
}

/** A random order of `0 … length - 1` (Fisher-Yates). */
export function shuffled(length: number, stream: Random): Uint32Array {
  const order = Uint32Array.from({ length }, (_, i) => i);
  for (let i = length - 1; i > 0; i--) {
    const j = stream.integer(i + 1);
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** Folds the words of a key into 64 bits: FNV-1a over their text, twice with different offsets. */
function hashKey(key: readonly (number | string)[]): [number, number] {
  const text = key.map((part) => `${typeof part}:${part}`).join("\u0000");
  let a = 0x811C9DC5;
  let b = 0x1B873593;
  for (let i = 0; i < text.length; i++) {
    a = Math.imul(a ^ text.charCodeAt(i), 0x01000193);
    b = Math.imul(b ^ text.charCodeAt(i), 0x85EBCA6B);
    b ^= b >>> 13;
  }
  return [a >>> 0, b >>> 0];
}

function philox(out: Uint32Array, counter: number, k0: number, k1: number): void {
  out[0] = counter >>> 0;
  out[1] = Math.floor(counter / 0x1_0000_0000);
  out[2] = 0;
  out[3] = 0;
  for (let round = 0; round < 10; round++) {
    const [h0, l0] = multiply(M0, out[0]);
    const [h1, l1] = multiply(M1, out[2]);
    const next0 = h1 ^ out[1] ^ k0;
    const next2 = h0 ^ out[3] ^ k1;
    out[0] = next0;
    out[1] = l1;
    out[2] = next2;
    out[3] = l0;
    k0 = (k0 + W0) >>> 0;
    k1 = (k1 + W1) >>> 0;
  }
}

/** The high and low 32 bits of a 32 x 32 bit product. */
function multiply(a: number, b: number): [number, number] {
  const ah = a >>> 16;
  const al = a & 0xFFFF;
  const bh = b >>> 16;
  const bl = b & 0xFFFF;
  const low = al * bl;
  const middle1 = ah * bl + (low >>> 16);
  const middle2 = al * bh + (middle1 & 0xFFFF);
  const high = ah * bh + Math.floor(middle1 / 0x10000) + Math.floor(middle2 / 0x10000);
  return [high >>> 0, Math.imul(a, b) >>> 0];
}
