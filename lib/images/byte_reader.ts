/** Big- and little-endian numbers out of bytes, within bounds. */
export class ByteReader {
  readonly #view: DataView;

  constructor(readonly bytes: Uint8Array, readonly littleEndian = false) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get length(): number {
    return this.bytes.length;
  }

  /** @throws RangeError past the end, as do the others. */
  u8(at: number): number {
    return this.#view.getUint8(at);
  }

  u16(at: number): number {
    return this.#view.getUint16(at, this.littleEndian);
  }

  u32(at: number): number {
    return this.#view.getUint32(at, this.littleEndian);
  }

  i32(at: number): number {
    return this.#view.getInt32(at, this.littleEndian);
  }

  /** `length` bytes as Latin-1 text. */
  text(at: number, length: number): string {
    return String.fromCharCode(...this.bytes.subarray(at, at + length));
  }
}
