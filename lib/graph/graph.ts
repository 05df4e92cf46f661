/** An ONNX model as plain data. Nothing here computes; `lib/ops` knows what the operators mean. */
import type { DType, Tensor } from "../base/tensor.ts";

/** A length, or the name of one that is known only at run time (the batch `"N"`). */
export type Dim = number | string;
export type Shape = readonly Dim[];

/** Element type and shape of a value. */
export interface TensorType {
  readonly type: DType;
  readonly shape: Shape;
}

/** An operator attribute with the type that ONNX stores beside it. */
export type Attr =
  | { readonly kind: "int"; readonly value: number }
  | { readonly kind: "float"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "ints"; readonly value: readonly number[] }
  | { readonly kind: "floats"; readonly value: readonly number[] }
  | { readonly kind: "strings"; readonly value: readonly string[] }
  | { readonly kind: "tensor"; readonly value: Tensor }
  | { readonly kind: "graph"; readonly value: Graph };
export type Attrs = Readonly<Record<string, Attr>>;

/** One operator application. An empty input or output name is an optional one that is left out, as in ONNX. */
export interface Node {
  readonly name: string;
  readonly op: string;
  /** `""` is the standard operator set. */
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attrs: Attrs;
}

/** A named graph input or output. `shape` is absent where the file does not tell the rank. */
export interface ValueInfo {
  readonly name: string;
  readonly type: DType;
  readonly shape?: Shape;
}

/** A model: nodes in an order in which every value is made before it is used. */
export interface Graph {
  readonly name: string;
  readonly nodes: readonly Node[];
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Initializers: constants and trained weights, by value name. */
  readonly constants: ReadonlyMap<string, Tensor>;
  /** Types of inner values, where known. */
  readonly types: ReadonlyMap<string, TensorType>;
  /** Version of each operator set in use, by domain; `""` is the standard one. */
  readonly opsets: Readonly<Record<string, number>>;
  readonly irVersion: number;
  /** `metadata_props` of the file. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly producer?: string;
  readonly doc?: string;
}

/** The version of the standard operator set that our own graphs are written in. */
export const OPSET = 18;
/** The file format version that goes with it. */
export const IR_VERSION = 9;

export const int = (value: number): Attr => ({ kind: "int", value });
/** Rounded to float32, as files store it. */
export const float = (value: number): Attr => ({ kind: "float", value: Math.fround(value) });
export const string = (value: string): Attr => ({ kind: "string", value });
export const ints = (value: readonly number[]): Attr => ({ kind: "ints", value });
export const floats = (value: readonly number[]): Attr => ({ kind: "floats", value: value.map(Math.fround) });

/** Whether every length of a shape is a number. */
export function isStatic(shape: Shape): shape is readonly number[] {
  return shape.every((dim) => typeof dim === "number");
}

/** The lengths of a shape that must be static. @throws TypeError naming `what` otherwise. */
export function staticShape(shape: Shape, what: string): readonly number[] {
  if (isStatic(shape)) return shape;
  throw new TypeError(`Cannot use the shape [${shape.join(", ")}] of ${what}: it must hold numbers only`);
}
