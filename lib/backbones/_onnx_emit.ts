/** Adds the nodes of an imported network to the graph that is being built, its weights as parameters of the scope. */
import { UserError } from "../base/errors.ts";
import { isMatrix, type Tensor } from "../base/tensor.ts";
import type { Initializer, Scope } from "../contracts/model.ts";
import type { Value } from "../contracts/op.ts";
import type { Node } from "../graph/graph.ts";
import { dropout } from "../nn/dropout.ts";
import { values } from "../nn/initializers.ts";
import { normalize } from "./_onnx_batch_norm.ts";
import { dropoutRates } from "./_onnx_dropout.ts";
import { parameterName } from "./_onnx_names.ts";
import type { FeatureNetwork } from "./_onnx_output.ts";
import { type NetworkWeights, networkWeights } from "./_onnx_weights.ts";

/** The features of the network for `images`. @throws UserError where the network holds no weights. */
export function emitNetwork(network: FeatureNetwork, images: Value, scope: Scope): Value {
  const emission = new Emission(network, images, scope);
  network.nodes.forEach((node) => emission.add(node));
  return emission.value(network.output);
}

/** The values of the network that were added so far. */
class Emission {
  readonly #values = new Map<string, Value>();
  readonly #weights: NetworkWeights;
  readonly #dropped: ReadonlyMap<string, number>;
  /** What an Identity makes of an initializer, and the name of that. */
  readonly #copies = new Map<string, string>();
  #dropouts = 0;

  constructor(private readonly network: FeatureNetwork, images: Value, private readonly scope: Scope) {
    this.#values.set(network.input, images);
    this.#weights = networkWeights(network);
    this.#dropped = dropoutRates(network.file);
    if (this.#weights.parameters.size === 0) {
      throw new UserError("no initializer of it is a weight, export it with its parameters as initializers");
    }
  }

  add(node: Node): void {
    const [output] = node.outputs;
    if (node.op === "Identity" && this.#isStored(output)) this.#copies.set(output, node.inputs[0]);
    else if (this.#dropped.has(output)) this.#values.set(output, this.#dropout(node));
    else if (node.op === "BatchNormalization") this.#values.set(output, this.#normalize(node));
    else this.#emit(node);
  }

  /** The value of that name; a weight is declared when it is first asked for. */
  value(name: string): Value {
    const value = this.#values.get(name) ?? this.#stored(name);
    this.#values.set(name, value);
    return value;
  }

  /** Whether the scope keeps the tensor: a parameter or a running statistic. */
  #isStored(name: string): boolean {
    return this.#weights.parameters.has(name) || this.#weights.statistics.has(name);
  }

  #emit(node: Node): void {
    const inputs = node.inputs.map((name) => (name === "" ? null : this.value(name)));
    const { domain } = node;
    const made = this.scope.builder.emit(node.op, inputs, node.attrs, { domain, outputs: node.outputs.length });
    node.outputs.forEach((name, i) => {
      if (name !== "" && made[i] !== undefined) this.#values.set(name, made[i]);
    });
  }

  #normalize({ inputs, attrs }: Node): Value {
    const [mean, variance] = inputs.slice(3);
    const moves = [mean, variance].every((name) => this.#weights.statistics.has(name));
    const values = inputs.map((name) => this.value(name));
    return normalize(
      { inputs: values, attrs, ...moves ? { statistics: [parameterName(mean), parameterName(variance)] } : {} },
      this.scope,
    );
  }

  #dropout(node: Node): Value {
    const rate = this.#dropped.get(node.outputs[0]) ?? 0;
    return dropout(this.value(node.inputs[0]), rate, this.scope.child(`dropout${++this.#dropouts}`));
  }

  #stored(name: string): Value {
    const data = this.#data(name);
    if (!this.#isStored(name)) return this.scope.builder.constant(data);
    if (data.type !== "float32") {
      throw new UserError(`its weight "${name}" is ${data.type}, export it with float32 weights`);
    }
    const stored = parameterName(name);
    const first: Initializer = values(name, data.data as Float32Array);
    return this.#weights.statistics.has(name)
      ? this.scope.buffer(stored, data.dims, first)
      : this.scope.parameter(stored, data.dims, first, { decay: isMatrix(data.dims) });
  }

  #data(name: string): Tensor {
    const data = this.network.constants.get(this.#copies.get(name) ?? name);
    if (data === undefined) throw new TypeError(`Cannot find "${name}": no node of the network makes it`);
    return data;
  }
}
