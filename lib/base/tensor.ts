/** Tensors as plain data, spelled as ONNX spells its element types. */

/** Element type of a tensor. */
export type DType =
  | "float32"
  | "float64"
  | "float16"
  | "int8"
  | "uint8"
  | "int16"
  | "uint16"
  | "int32"
  | "uint32"
  | "int64"
  | "uint64"
  | "bool";

/** The array that holds the elements: `float16` as raw bits in a Uint16Array, `bool` as 0 or 1 in a Uint8Array. */
export type TypedArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array;

/** Dense row-major data; `data.length` is the product of `dims`. A scalar has no dims. */
export interface Tensor {
  readonly type: DType;
  readonly dims: readonly number[];
  readonly data: TypedArray;
}

/** Named tensors, as a session takes and gives them. */
export type Tensors = Readonly<Record<string, Tensor>>;

const ARRAYS = {
  float32: Float32Array,
  float64: Float64Array,
  float16: Uint16Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const;

/** Number of elements of a tensor with these dims. */
export function sizeOf(dims: readonly number[]): number {
  return dims.reduce((product, dim) => product * dim, 1);
}

/** An array of zeros for `length` elements of `type`. */
export function allocate(type: DType, length: number): TypedArray {
  return new ARRAYS[type](length);
}

/** Bytes that one element of `type` takes. */
export function bytesPerElement(type: DType): number {
  return ARRAYS[type].BYTES_PER_ELEMENT;
}

/** The elements that `bytes` (little-endian) holds; the bytes are copied where they are not aligned for `type`. */
export function viewBytes(type: DType, bytes: Uint8Array): TypedArray {
  const width = bytesPerElement(type);
  const aligned = bytes.byteOffset % width === 0 ? bytes : new Uint8Array(bytes);
  return new ARRAYS[type](aligned.buffer as ArrayBuffer, aligned.byteOffset, aligned.byteLength / width);
}

/** The raw little-endian bytes of a tensor, without a copy. */
export function bytesOf(tensor: Tensor): Uint8Array {
  return new Uint8Array(tensor.data.buffer, tensor.data.byteOffset, tensor.data.byteLength);
}

/** Whether `type` is one of the floating-point types. */
export function isFloat(type: DType): boolean {
  return type === "float32" || type === "float64" || type === "float16";
}

/**
 * A tensor of numbers. `float16` values are rounded to half precision.
 * @throws RangeError where `values` does not fill `dims` exactly.
 */
export function tensor(type: DType, dims: readonly number[], values: ArrayLike<number>): Tensor {
  const length = sizeOf(dims);
  if (values.length !== length) {
    throw new RangeError(`Cannot make a ${type} tensor [${dims}]: it holds ${length} elements, got ${values.length}`);
  }
  return { type, dims: [...dims], data: fill(type, values) };
}

function fill(type: DType, values: ArrayLike<number>): TypedArray {
  if (type === "float16") return new Uint16Array(Float16Array.from(values).buffer);
  const data = allocate(type, values.length);
  if (isWide(data)) {
    for (let i = 0; i < values.length; i++) data[i] = BigInt(values[i]);
  } else {
    data.set(values);
  }
  return data;
}

function isWide(data: TypedArray): data is BigInt64Array | BigUint64Array {
  return data instanceof BigInt64Array || data instanceof BigUint64Array;
}

/** The elements as ordinary numbers (64-bit integers must be exact below 2^53). */
export function toNumbers(value: Tensor): Float64Array {
  if (value.type === "float16") {
    const bits = value.data as Uint16Array;
    return Float64Array.from(new Float16Array(bits.buffer as ArrayBuffer, bits.byteOffset, bits.length));
  }
  return isWide(value.data) ? Float64Array.from(value.data, Number) : new Float64Array(value.data);
}

/** A scalar tensor. */
export function scalar(type: DType, value: number): Tensor {
  return tensor(type, [], [value]);
}

/** Whether more than one axis is longer than 1: vectors that are written for broadcasting count as vectors. */
export function isMatrix(dims: readonly number[]): boolean {
  return dims.filter((length) => length > 1).length > 1;
}
