/** Reads the tensors of ONNX files, whose elements lie in one of several fields. */
import { UserError } from "../base/errors.ts";
import {
  allocate,
  bytesPerElement,
  type DType,
  sizeOf,
  type Tensor,
  type TypedArray,
  viewBytes,
} from "../base/tensor.ts";
import { ONNX_TYPES } from "./element_types.ts";
import { type TensorProto, TensorProto_DataLocation as Location, TensorProto_DataType as DataType } from "./onnx_pb.ts";

const TYPES = new Map(Object.entries(ONNX_TYPES).map(([type, code]) => [code, type as DType]));

/** The element type of this number, if ageline has it. */
export function elementType(code: number): DType | undefined {
  return TYPES.get(code);
}

/** @throws UserError where the elements are elsewhere, of an unknown type, or of another number than the shape says. */
export function decodeTensor(proto: TensorProto): Tensor {
  const type = elementType(proto.dataType);
  if (type === undefined) {
    refuse(
      proto,
      `its elements are ${DataType[proto.dataType] ?? proto.dataType}, known are ${[...TYPES.values()].join(", ")}`,
    );
  }
  if (proto.dataLocation === Location.EXTERNAL) {
    refuse(proto, "it is kept in another file, export the model with weights inside");
  }
  const dims = proto.dims.map(Number);
  const data = elements(proto, type);
  if (data.length !== sizeOf(dims)) {
    refuse(proto, `its shape [${dims}] asks for ${sizeOf(dims)} elements, it has ${data.length}`);
  }
  return { type, dims, data };
}

function refuse(proto: TensorProto, reason: string): never {
  throw new UserError(`Cannot read tensor "${proto.name}": ${reason}`);
}

function elements(proto: TensorProto, type: DType): TypedArray {
  const { rawData } = proto;
  if (rawData.length % bytesPerElement(type) !== 0) {
    refuse(proto, `${rawData.length} bytes are no whole number of ${type} elements`);
  }
  return rawData.length > 0 ? viewBytes(type, rawData) : listed(proto, type);
}

/** Elements that are written one by one: each field holds several types. */
function listed(proto: TensorProto, type: DType): TypedArray {
  switch (type) {
    case "float32":
      return Float32Array.from(proto.floatData);
    case "float64":
      return Float64Array.from(proto.doubleData);
    case "int64":
      return BigInt64Array.from(proto.int64Data);
    case "uint64":
      return BigUint64Array.from(proto.uint64Data);
    case "uint32":
      return Uint32Array.from(proto.uint64Data, Number);
    default:
      return filled(allocate(type, proto.int32Data.length), proto.int32Data);
  }
}

function filled(array: TypedArray, values: readonly number[]): TypedArray {
  values.forEach((value, i) => array[i] = value);
  return array;
}
