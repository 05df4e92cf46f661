/**
 * The safetensors file format: an 8-byte length, a JSON header, then the raw little-endian tensors.
 * https://github.com/huggingface/safetensors (format version 0.x).
 */
import { UserError } from "../base/errors.ts";
import { bytesOf, bytesPerElement, type DType, sizeOf, type Tensor, type Tensors, viewBytes } from "../base/tensor.ts";

/** Named tensors with free text beside them. */
export interface Safetensors {
  readonly weights: Tensors;
  readonly metadata: Readonly<Record<string, string>>;
}

const CODES: Readonly<Record<DType, string>> = {
  float64: "F64",
  int64: "I64",
  uint64: "U64",
  float32: "F32",
  int32: "I32",
  uint32: "U32",
  float16: "F16",
  int16: "I16",
  uint16: "U16",
  int8: "I8",
  uint8: "U8",
  bool: "BOOL",
};
const TYPES = new Map(Object.entries(CODES).map(([type, code]) => [code, type as DType]));
const METADATA = "__metadata__";
const PREFIX = 8;
/** What the format allows, in bytes. */
const LONGEST_HEADER = 100_000_000;

/** The bytes of a file. Equal tensors and metadata give equal bytes, whatever the order of their keys. */
export function encodeSafetensors(weights: Tensors, metadata: Readonly<Record<string, string>> = {}): Uint8Array {
  const names = Object.keys(weights).sort((a, b) => alignment(weights[b]) - alignment(weights[a]) || (a < b ? -1 : 1));
  const header: Record<string, unknown> = {};
  if (Object.keys(metadata).length > 0) header[METADATA] = sorted(metadata);
  let offset = 0;
  for (const name of names) {
    const { type, dims, data } = weights[name];
    header[name] = { dtype: CODES[type], shape: dims, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
  }
  const text = new TextEncoder().encode(JSON.stringify(header));
  const start = PREFIX + Math.ceil(text.length / PREFIX) * PREFIX;
  const bytes = new Uint8Array(start + offset).fill(0x20, PREFIX, start);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(start - PREFIX), true);
  bytes.set(text, PREFIX);
  let at = start;
  for (const name of names) {
    bytes.set(bytesOf(weights[name]), at);
    at += weights[name].data.byteLength;
  }
  return bytes;
}

/** Wide elements come first, so that every tensor lies aligned in the file. */
function alignment(tensor: Tensor): number {
  return bytesPerElement(tensor.type);
}

function sorted(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}

/**
 * The tensors of a file, as views of `bytes` where they lie aligned.
 * @throws UserError where the bytes are no whole safetensors file, or hold an element type that ageline lacks (bfloat16).
 */
export function decodeSafetensors(bytes: Uint8Array): Safetensors {
  const header = readHeader(bytes);
  const data = bytes.subarray(PREFIX + header.length);
  const { [METADATA]: notes = {}, ...entries } = header.entries;
  const weights = Object.fromEntries(
    Object.entries(entries).map(([name, entry]) => [name, readTensor(name, entry, data)]),
  );
  checkCover(Object.values(entries) as readonly Entry[], data.length);
  return { weights, metadata: readMetadata(notes) };
}

function readHeader(bytes: Uint8Array): { length: number; entries: Record<string, unknown> } {
  if (bytes.length < PREFIX) refuse(`it has ${bytes.length} bytes, a file has at least ${PREFIX}`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Number(view.getBigUint64(0, true));
  if (length > LONGEST_HEADER) refuse("it does not begin with the length of a header", "name a safetensors file");
  if (length > bytes.length - PREFIX) {
    refuse(`its header should take ${length} bytes, ${bytes.length - PREFIX} are there`);
  }
  const entries = parse(bytes.subarray(PREFIX, PREFIX + length));
  if (!isRecord(entries)) refuse("its header is no JSON object");
  return { length, entries };
}

function parse(text: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(text));
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function readMetadata(entry: unknown): Record<string, string> {
  const isText = isRecord(entry) && Object.values(entry).every((value) => typeof value === "string");
  return isText ? entry as Record<string, string> : refuse("its metadata is no map of texts");
}

function readTensor(name: string, entry: unknown, data: Uint8Array): Tensor {
  if (!isRecord(entry)) refuse(`the entry of tensor "${name}" is no JSON object`);
  const type = TYPES.get(String(entry.dtype));
  if (type === undefined) {
    const known = [...TYPES.keys()].join(", ");
    refuse(`tensor "${name}" has elements of type ${entry.dtype}, known are ${known}`, "save it in float32");
  }
  const { shape, data_offsets: offsets } = entry;
  if (!isLengths(shape)) refuse(`tensor "${name}" has no shape`);
  if (!isLengths(offsets) || offsets.length !== 2) refuse(`tensor "${name}" has no pair of offsets`);
  const [start, end] = offsets;
  const wanted = sizeOf(shape) * bytesPerElement(type);
  if (end - start !== wanted || end > data.length) {
    refuse(`tensor "${name}" of ${wanted} bytes is said to lie at ${start} to ${end} of ${data.length}`);
  }
  return { type, dims: shape, data: viewBytes(type, data.subarray(start, end)) };
}

/** What the header tells of a tensor, once `readTensor` has seen it. */
interface Entry {
  readonly data_offsets: readonly [number, number];
}

/** @throws UserError where tensors overlap, or leave bytes between or behind them. */
function checkCover(entries: readonly Entry[], length: number): void {
  const parts = entries.map((entry) => entry.data_offsets).sort(([a, b], [c, d]) => a - c || b - d);
  let end = 0;
  for (const [start, next] of parts) {
    if (start !== end) refuse(`a tensor starts at byte ${start}, the one before it ends at ${end}`);
    end = next;
  }
  if (end !== length) refuse(`its tensors take ${end} bytes, ${length} follow the header`);
}

function isLengths(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((length) => Number.isSafeInteger(length) && length >= 0);
}

function refuse(reason: string, remedy = "use a whole, uncut file"): never {
  throw new UserError(`Cannot read "safetensors": ${reason}; ${remedy}`);
}
