/** Our tensors as ONNX Runtime's and back. Both spell the element types alike; only half precision is held differently. */
import type { Tensor as RuntimeTensor } from "onnxruntime-node";
import type { DType, Tensor, TypedArray } from "../../lib/base/tensor.ts";

/** What makes a runtime's tensor; each entry point of the package has its own. */
export type TensorMaker = new (
  type: DType,
  data: TypedArray,
  dims: readonly number[],
) => RuntimeTensor;

/** The same data as the runtime's tensor, without a copy. */
export function toRuntime(make: TensorMaker, value: Tensor): RuntimeTensor {
  return new make(value.type, value.data, value.dims);
}

/** A tensor that lies in host memory, without a copy. */
export function fromRuntime(value: RuntimeTensor): Tensor {
  return asTensor(value, value.data);
}

/** A copy in host memory of a tensor that may lie on a device. */
export async function download(value: RuntimeTensor): Promise<Tensor> {
  const data = await value.getData();
  const owned = value.location === "cpu" ? (data as TypedArray).slice() : data;
  return asTensor(value, owned);
}

function asTensor(value: RuntimeTensor, data: unknown): Tensor {
  return { type: value.type as DType, dims: [...value.dims], data: plainArray(data as TypedArray | Float16Array) };
}

function plainArray(data: TypedArray | Float16Array): TypedArray {
  if (!(data instanceof Float16Array)) return data;
  return new Uint16Array(data.buffer, data.byteOffset, data.length);
}
