/** Tensors in GPU buffers. */
import type { Tensor as RuntimeTensor } from "onnxruntime-node";
import { bytesOf, type DType, type Tensor } from "../../lib/base/tensor.ts";

/** Types that a value on the device may have. */
const TYPES: ReadonlySet<DType> = new Set(["float32", "float16", "int32", "uint32", "uint8", "bool"]);

/** Kernels read up to four words at once. */
const ALIGNMENT = 16;

/** How a runtime takes a buffer for a tensor, which it frees by `dispose`. */
export interface BufferTensorMaker {
  fromGpuBuffer(
    buffer: GPUBuffer,
    options: { readonly dataType: DType; readonly dims: readonly number[]; readonly dispose: () => void },
  ): RuntimeTensor;
}

/**
 * Writes a value to a new buffer of the device, behind all that was submitted to it before, and does not wait; the value may be
 * changed at once. Undefined for types that the runtime does not keep on a device, and for values without elements.
 */
export function toDevice(device: GPUDevice, maker: BufferTensorMaker, value: Tensor): RuntimeTensor | undefined {
  if (!TYPES.has(value.type) || value.data.length === 0) return undefined;
  const bytes = aligned(bytesOf(value));
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST;
  const buffer = device.createBuffer({ size: bytes.length, usage });
  device.queue.writeBuffer(buffer, 0, bytes);
  return maker.fromGpuBuffer(buffer, { dataType: value.type, dims: value.dims, dispose: () => buffer.destroy() });
}

function aligned(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = Math.ceil(bytes.length / ALIGNMENT) * ALIGNMENT;
  if (length === bytes.length) return bytes as Uint8Array<ArrayBuffer>;
  const padded = new Uint8Array(length);
  padded.set(bytes);
  return padded;
}
