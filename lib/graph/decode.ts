/** Reads ONNX files. */
import { fromBinary } from "@bufbuild/protobuf";
import { UserError } from "../base/errors.ts";
import type { Tensor } from "../base/tensor.ts";
import { graphProblems } from "./check.ts";
import { decodeTensor, elementType } from "./decode_tensor.ts";
import type { Attr, Attrs, Dim, Graph, Node, Shape, TensorType, ValueInfo } from "./graph.ts";
import {
  type AttributeProto,
  AttributeProto_AttributeType as Kind,
  type GraphProto,
  type ModelProto,
  ModelProtoSchema,
  type NodeProto,
  type StringStringEntryProto,
  type TensorShapeProto,
  type TypeProto,
  type ValueInfoProto,
} from "./onnx_pb.ts";

/**
 * The model that an ONNX file holds, in the operator set that it is written in (`canonicalise` brings it into ours). Weights are
 * views of `bytes` where they lie aligned. Doc strings of parts, quantisation notes and training information are left out.
 * @throws UserError where the bytes are no whole ONNX file, keep weights outside, or hold what ageline has no word for:
 * functions of their own, sparse tensors, sequences, bfloat16 and narrower floats.
 */
export function decodeModel(bytes: Uint8Array): Graph {
  const model = parse(bytes);
  if (model.graph === undefined || model.irVersion === 0n) refuse("these bytes are no ONNX file, give a whole one");
  if (model.functions.length > 0) {
    refuse(`it defines the function "${model.functions[0].name}", export it with functions inlined`);
  }
  const graph = new Reader(model).graph(model.graph);
  const [problem] = graphProblems(graph);
  if (problem !== undefined) refuse(`${problem}, export it again`);
  return graph;
}

function refuse(reason: string): never {
  throw new UserError(`Cannot read "ONNX model": ${reason}`);
}

function parse(bytes: Uint8Array): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, bytes, { readUnknownFields: false });
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    return refuse(`these bytes are no ONNX file (${detail}), give a whole one`);
  }
}

/** Domain of the standard operators, which has two spellings. */
function domainOf(name: string): string {
  return name === "ai.onnx" ? "" : name;
}

function entriesOf(entries: readonly StringStringEntryProto[]): Record<string, string> {
  return Object.fromEntries(entries.map(({ key, value }) => [key, value]));
}

/** Reads the parts of one model. */
class Reader {
  #unnamedDims = 0;
  readonly #about: Pick<Graph, "opsets" | "irVersion" | "metadata" | "producer" | "doc">;

  constructor(model: ModelProto) {
    this.#about = {
      opsets: Object.fromEntries(model.opsetImport.map(({ domain, version }) => [domainOf(domain), Number(version)])),
      irVersion: Number(model.irVersion),
      metadata: entriesOf(model.metadataProps),
      ...(model.producerName === "" ? {} : { producer: model.producerName }),
      ...(model.docString === "" ? {} : { doc: model.docString }),
    };
  }

  graph(proto: GraphProto): Graph {
    if (proto.sparseInitializer.length > 0) refuse("it holds sparse tensors, export it with dense ones");
    return {
      name: proto.name,
      inputs: proto.input.map((info) => this.valueInfo(info)),
      outputs: proto.output.map((info) => this.valueInfo(info)),
      constants: new Map(proto.initializer.map((tensor) => [tensor.name, decodeTensor(tensor)])),
      types: this.types(proto.valueInfo),
      nodes: proto.node.map((node) => this.node(node)),
      ...this.#about,
    };
  }

  /** Types of inner values whose rank is told. */
  types(protos: readonly ValueInfoProto[]): ReadonlyMap<string, TensorType> {
    const types = new Map<string, TensorType>();
    for (const proto of protos) {
      const found = this.tensorType(proto.type);
      if (found?.shape !== undefined) types.set(proto.name, { type: found.type, shape: found.shape });
    }
    return types;
  }

  node(proto: NodeProto): Node {
    return {
      name: proto.name,
      op: proto.opType,
      domain: domainOf(proto.domain),
      inputs: proto.input,
      outputs: proto.output,
      attrs: this.attrs(proto.attribute, `${proto.opType} "${proto.name}"`),
    };
  }

  attrs(protos: readonly AttributeProto[], node: string): Attrs {
    return Object.fromEntries(protos.map((proto) => [proto.name, this.attr(proto, node)]));
  }

  attr(proto: AttributeProto, node: string): Attr {
    switch (kindOf(proto)) {
      case Kind.INT:
        return { kind: "int", value: Number(proto.i) };
      case Kind.FLOAT:
        return { kind: "float", value: proto.f };
      case Kind.STRING:
        return { kind: "string", value: textOf(proto.s) };
      case Kind.INTS:
        return { kind: "ints", value: proto.ints.map(Number) };
      case Kind.FLOATS:
        return { kind: "floats", value: proto.floats };
      case Kind.STRINGS:
        return { kind: "strings", value: proto.strings.map(textOf) };
      case Kind.TENSOR:
        return { kind: "tensor", value: this.attributeTensor(proto, node) };
      case Kind.GRAPH:
        return {
          kind: "graph",
          value: this.graph(proto.g ?? refuse(`the graph "${proto.name}" of ${node} is missing`)),
        };
      default:
        return refuse(`attribute "${proto.name}" of ${node} has the kind ${Kind[proto.type]}, which is unknown`);
    }
  }

  attributeTensor(proto: AttributeProto, node: string): Tensor {
    return decodeTensor(proto.t ?? refuse(`the tensor "${proto.name}" of ${node} is missing`));
  }

  valueInfo({ name, type }: ValueInfoProto): ValueInfo {
    const found = this.tensorType(type);
    if (found === undefined) refuse(`"${name}" is no tensor of a known type`);
    return found.shape === undefined ? { name, type: found.type } : { name, type: found.type, shape: found.shape };
  }

  tensorType(proto: TypeProto | undefined): { type: TensorType["type"]; shape?: Shape } | undefined {
    if (proto?.value.case !== "tensorType") return undefined;
    const type = elementType(proto.value.value.elemType);
    if (type === undefined) return undefined;
    const { shape } = proto.value.value;
    return shape === undefined ? { type } : { type, shape: this.shape(shape) };
  }

  shape(proto: TensorShapeProto): Shape {
    return proto.dim.map(({ value }): Dim => {
      if (value.case === "dimValue" && value.value >= 0n) return Number(value.value);
      if (value.case === "dimParam" && value.value !== "") return value.value;
      return `?${this.#unnamedDims++}`;
    });
  }
}

/** Files of the first years leave the kind to be seen from what is there. */
function kindOf(proto: AttributeProto): Kind {
  if (proto.type !== Kind.UNDEFINED) return proto.type;
  if (proto.ints.length > 0) return Kind.INTS;
  if (proto.floats.length > 0) return Kind.FLOATS;
  if (proto.strings.length > 0) return Kind.STRINGS;
  if (proto.t !== undefined) return Kind.TENSOR;
  if (proto.s.length > 0) return Kind.STRING;
  return proto.f === 0 ? Kind.INT : Kind.FLOAT;
}

function textOf(bytes: Uint8Array): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return refuse("a text attribute is not UTF-8");
  }
}
