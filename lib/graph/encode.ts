/** Writes graphs as ONNX files. */
import { create, toBinary } from "@bufbuild/protobuf";
import { UserError } from "../base/errors.ts";
import { bytesOf, type Tensor } from "../base/tensor.ts";
import { ONNX_TYPES } from "./element_types.ts";
import type { Attr, Attrs, Dim, Graph, Node, Shape, ValueInfo } from "./graph.ts";
import {
  type AttributeProto,
  AttributeProto_AttributeType as Kind,
  AttributeProtoSchema,
  type GraphProto,
  GraphProtoSchema,
  ModelProtoSchema,
  type NodeProto,
  NodeProtoSchema,
  OperatorSetIdProtoSchema,
  type StringStringEntryProto,
  StringStringEntryProtoSchema,
  type TensorProto,
  TensorProtoSchema,
  type TensorShapeProto,
  TensorShapeProto_DimensionSchema,
  TensorShapeProtoSchema,
  TypeProto_TensorSchema,
  TypeProtoSchema,
  type ValueInfoProto,
  ValueInfoProtoSchema,
} from "./onnx_pb.ts";
import { field, join, type Pieces } from "./pieces.ts";

/** Protobuf cannot hold more. */
const MOST_BYTES = 2 ** 31 - 1;

/**
 * The bytes of an ONNX file with everything inside. Equal graphs give equal bytes, whatever the order of attributes,
 * constants and metadata.
 * @throws UserError where the file would exceed 2 GiB.
 */
export function encodeModel(graph: Graph): Uint8Array {
  const weights = [...graph.constants.values()].reduce((sum, tensor) => sum + tensor.data.byteLength, 0);
  if (weights > MOST_BYTES) {
    throw new UserError(
      `Cannot write "${graph.name}" as ONNX: it holds ${weights} bytes of weights, a file takes 2 GiB`,
    );
  }
  return join(modelPieces(graph));
}

/** In the order of the fields' numbers, as other writers have it. */
function modelPieces(graph: Graph): Pieces {
  const opsets = Object.entries(graph.opsets).sort(byKey);
  const head = create(ModelProtoSchema, {
    irVersion: BigInt(graph.irVersion),
    producerName: graph.producer,
    docString: graph.doc,
  });
  const tail = create(ModelProtoSchema, {
    opsetImport: opsets.map(([domain, version]) =>
      create(OperatorSetIdProtoSchema, { domain, version: BigInt(version) })
    ),
    metadataProps: Object.entries(graph.metadata).sort(byKey).map(writeEntry),
  });
  const content = field(ModelProtoSchema.field.graph.number, graphPieces(graph));
  return [toBinary(ModelProtoSchema, head), ...content, toBinary(ModelProtoSchema, tail)];
}

function graphPieces(graph: Graph): Pieces {
  const { initializer } = GraphProtoSchema.field;
  const constants = [...graph.constants].sort(byKey);
  const weights = constants.flatMap(([name, tensor]) => field(initializer.number, tensorPieces(tensor, name)));
  const nodes = create(GraphProtoSchema, { name: graph.name, node: graph.nodes.map(writeNode) });
  return [
    toBinary(GraphProtoSchema, nodes),
    ...weights,
    toBinary(GraphProtoSchema, create(GraphProtoSchema, values(graph))),
  ];
}

function tensorPieces(tensor: Tensor, name: string): Pieces {
  const head = create(TensorProtoSchema, tensorHead(tensor, name));
  return [toBinary(TensorProtoSchema, head), ...field(TensorProtoSchema.field.rawData.number, [bytesOf(tensor)])];
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function writeEntry([key, value]: readonly [string, string]): StringStringEntryProto {
  return create(StringStringEntryProtoSchema, { key, value });
}

function writeGraph(graph: Graph): GraphProto {
  return create(GraphProtoSchema, {
    name: graph.name,
    node: graph.nodes.map(writeNode),
    initializer: [...graph.constants].sort(byKey).map(([name, tensor]) => writeTensor(tensor, name)),
    ...values(graph),
  });
}

function values(graph: Graph) {
  const types = [...graph.types].sort(byKey);
  return {
    input: graph.inputs.map(writeValueInfo),
    output: graph.outputs.map(writeValueInfo),
    valueInfo: types.map(([name, type]) => writeValueInfo({ name, ...type })),
  };
}

function writeNode(node: Node): NodeProto {
  return create(NodeProtoSchema, {
    name: node.name,
    opType: node.op,
    domain: node.domain,
    input: [...node.inputs],
    output: [...node.outputs],
    attribute: writeAttrs(node.attrs),
  });
}

function writeAttrs(attrs: Attrs): AttributeProto[] {
  return Object.entries(attrs).sort(byKey).map(([name, attr]) =>
    create(AttributeProtoSchema, { name, ...writeAttr(attr) })
  );
}

function writeAttr(attr: Attr): Partial<Omit<AttributeProto, "$typeName" | "$unknown">> {
  switch (attr.kind) {
    case "int":
      return { type: Kind.INT, i: wide(attr.value) };
    case "float":
      return { type: Kind.FLOAT, f: attr.value };
    case "string":
      return { type: Kind.STRING, s: utf8(attr.value) };
    case "ints":
      return { type: Kind.INTS, ints: attr.value.map(wide) };
    case "floats":
      return { type: Kind.FLOATS, floats: [...attr.value] };
    case "strings":
      return { type: Kind.STRINGS, strings: attr.value.map(utf8) };
    case "tensor":
      return { type: Kind.TENSOR, t: writeTensor(attr.value, "") };
    case "graph":
      return { type: Kind.GRAPH, g: writeGraph(attr.value) };
  }
}

function utf8(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}

/** As a 64-bit integer; the greatest one stands for "to the end" and is no exact number. */
function wide(value: number): bigint {
  const big = BigInt(value);
  return BigInt.asIntN(64, big) === big ? big : big > 0n ? 2n ** 63n - 1n : -(2n ** 63n);
}

function writeTensor(tensor: Tensor, name: string): TensorProto {
  return create(TensorProtoSchema, {
    ...tensorHead(tensor, name),
    rawData: bytesOf(tensor) as Uint8Array<ArrayBuffer>,
  });
}

function tensorHead(tensor: Tensor, name: string) {
  return { name, dims: tensor.dims.map(BigInt), dataType: ONNX_TYPES[tensor.type] };
}

function writeValueInfo({ name, type, shape }: ValueInfo): ValueInfoProto {
  const tensor = create(TypeProto_TensorSchema, {
    elemType: ONNX_TYPES[type],
    shape: shape === undefined ? undefined : writeShape(shape),
  });
  return create(ValueInfoProtoSchema, {
    name,
    type: create(TypeProtoSchema, { value: { case: "tensorType", value: tensor } }),
  });
}

function writeShape(shape: Shape): TensorShapeProto {
  const dim = shape.map((length) => create(TensorShapeProto_DimensionSchema, { value: writeDim(length) }));
  return create(TensorShapeProtoSchema, { dim });
}

/** A name that starts with `?` was made up by the reader for a length without one. */
function writeDim(
  dim: Dim,
): { case: "dimValue"; value: bigint } | { case: "dimParam"; value: string } | { case: undefined } {
  if (typeof dim === "number") return { case: "dimValue", value: BigInt(dim) };
  return dim.startsWith("?") ? { case: undefined } : { case: "dimParam", value: dim };
}
