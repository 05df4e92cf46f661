/** Gathers chains of additions and per-channel products into `ChannelAffine`: one pass over memory each. */
import { scalar, sizeOf, toNumbers } from "../base/tensor.ts";
import type { Value } from "../contracts/op.ts";
import { type Attrs, type Graph, isStatic, type Node, string } from "../graph/graph.ts";
import { add, expand, mul, neg, reduceMean, reshape } from "../ops/emit.ts";
import { rules } from "../ops/rules/mod.ts";
import { intOf } from "./attributes.ts";
import { addForms, type ChannelForm, divideForm, formOf, negateForm, scaleForm, shiftForm } from "./channel_form.ts";
import { COMPOSITE, compositeRules } from "./composites.ts";
import { rewrite, type Rewriting } from "./rewrite.ts";

/** A form of more images is computed at once, so that no node reads more. */
const MOST_TERMS = 4;

/** The same graph with its per-channel arithmetic on images [N,C,H,W] gathered. */
export function gatherChannelAffines(graph: Graph): Graph {
  let gathering: Gathering | undefined;
  return rewrite(graph, [...rules, ...compositeRules], (node, rewriting) => {
    gathering ??= new Gathering(rewriting, graph);
    return gathering.visit(node);
  });
}

type Operand = { readonly form: ChannelForm } | { readonly channel: Value };

class Gathering {
  /** Values of the old graph that have not been computed. */
  readonly #forms = new Map<string, ChannelForm>();
  /** What computed images are made of, to take their sums from the sums of the parts. */
  readonly #origins = new Map<Value, ChannelForm>();
  readonly #means = new Map<Value, Value>();
  readonly #outputs: ReadonlySet<string>;

  constructor(private readonly rewriting: Rewriting, graph: Graph) {
    this.#outputs = new Set(graph.outputs.map((output) => output.name));
  }

  visit(node: Node): boolean {
    if (node.domain === "" && this.#gather(node)) return true;
    for (const name of node.inputs) this.#settle(name);
    return false;
  }

  #gather(node: Node): boolean {
    switch (node.op) {
      case "Add":
        return this.#sum(node, (form) => form);
      case "Sub":
        return this.#sum(node, (form) => negateForm(form, this.#one(form)));
      case "Mul":
        return this.#product(node);
      case "Div":
        return this.#quotient(node);
      case "Neg":
        return this.#negation(node);
      case "Expand":
        return this.#expansion(node);
      case "ReduceSum":
      case "ReduceMean":
        return this.#reduction(node);
      case "Relu":
        return this.#activation(node);
      default:
        return false;
    }
  }

  /** a + sign(b), either of which may be per channel. */
  #sum(node: Node, sign: (form: ChannelForm) => ChannelForm): boolean {
    const [a, b] = node.inputs.map((name) => this.#operand(name));
    if (!a || !b) return false;
    if ("form" in a && "form" in b) {
      if (!sameShape(a.form, b.form)) return false;
      return this.#keepForm(node, addForms(a.form, sign(b.form)));
    }
    if ("form" in a && "channel" in b && fits(a.form, b)) {
      return this.#keepForm(node, shiftForm(a.form, this.#signed(node, b.channel)));
    }
    if (!("channel" in a) || !("form" in b) || !fits(b.form, a)) return false;
    return this.#keepForm(node, shiftForm(sign(b.form), a.channel));
  }

  #signed(node: Node, channel: Value): Value {
    return node.op === "Sub" ? neg(channel) : channel;
  }

  #product(node: Node): boolean {
    const [a, b] = node.inputs.map((name) => this.#operand(name));
    if (!a || !b) return false;
    const [left, right] = [factorOf(a), factorOf(b)];
    if ("form" in a && right && fits(a.form, b)) return this.#keepForm(node, scaleForm(a.form, right));
    if ("form" in b && left && fits(b.form, a)) return this.#keepForm(node, scaleForm(b.form, left));
    return false;
  }

  #quotient(node: Node): boolean {
    const [a, b] = node.inputs.map((name) => this.#operand(name));
    if (!a || !b || !("form" in a) || !("channel" in b) || !fits(a.form, b)) return false;
    return this.#keepForm(node, divideForm(a.form, b.channel));
  }

  #negation(node: Node): boolean {
    const form = this.#form(node.inputs[0]);
    return form !== undefined && this.#keepForm(node, negateForm(form, this.#one(form)));
  }

  #expansion(node: Node): boolean {
    if (this.#forms.has(node.inputs[0])) return false;
    const value = this.rewriting.value(node.inputs[0]);
    const asked = this.rewriting.value(node.inputs[1]).constant;
    if (!asked || !isChannel(value) || value.shape.length !== 4 || asked.data.length !== 4) return false;
    const to = Array.from(toNumbers(asked), (length, axis) => Math.max(length, Number(value.shape[axis])));
    if (!isImageShape(to) || to[1] !== value.shape[1]) return false;
    return this.#keepForm(node, { shape: to, terms: [], shift: value });
  }

  /** The sum or mean over all but the channels, put together from those of the images. */
  #reduction(node: Node): boolean {
    const form = this.#form(node.inputs[0]);
    const axes = node.inputs[1] ? this.rewriting.value(node.inputs[1]).constant : undefined;
    if (!form || !axes || Array.from(axes.data, Number).join() !== "0,2,3") return false;
    const mean = this.#mean(form);
    const [batch, channels, height, width] = form.shape;
    const total = node.op === "ReduceSum" ? mul(mean, batch * height * width) : mean;
    const kept = intOf(node.attrs, "keepdims", 1) !== 0;
    return this.rewriting.replace(node, kept ? total : reshape(total, [channels]));
  }

  /** [1,C,1,1]. */
  #mean(form: ChannelForm): Value {
    const parts = form.terms.map(({ image, coefficient }) => {
      const mean = this.#imageMean(image);
      return coefficient === null ? mean : mul(mean, coefficient);
    });
    if (form.shift !== null) parts.push(form.shift);
    const total = parts.reduce(add);
    return total.shape.length === 4 ? total : expand(total, [1, form.shape[1], 1, 1]);
  }

  #imageMean(image: Value): Value {
    const origin = this.#origins.get(image);
    const mean = this.#means.get(image) ?? (origin ? this.#mean(origin) : reduceMean(image, [0, 2, 3], true));
    this.#means.set(image, mean);
    return mean;
  }

  #activation(node: Node): boolean {
    const form = this.#forms.get(node.inputs[0]);
    if (!form || form.terms.length === 0) return false;
    return this.rewriting.replace(node, this.#compute(form, { activation: string("Relu") }));
  }

  /** Remembers a form instead of computing it. */
  #keepForm(node: Node, form: ChannelForm): boolean {
    if (form.terms.length > MOST_TERMS || this.#outputs.has(node.outputs[0])) return false;
    this.#forms.set(node.outputs[0], form);
    return true;
  }

  #operand(name: string): Operand | undefined {
    const form = this.#form(name);
    if (form) return { form };
    const value = this.rewriting.value(name);
    const channel = isVector(value) ? reshape(value, [1, ...value.shape.map(Number)]) : value;
    return isChannel(channel) ? { channel } : undefined;
  }

  #form(name: string): ChannelForm | undefined {
    const known = this.#forms.get(name);
    if (known) return known;
    const value = this.rewriting.value(name);
    const isImage = value.type === "float32" && isStatic(value.shape) && isImageShape(value.shape);
    return isImage ? formOf(value, value.shape as readonly number[]) : undefined;
  }

  /** Computes a value that was only a form, since some other node reads it. */
  #settle(name: string): void {
    const form = this.#forms.get(name);
    if (form === undefined) return;
    const image = this.#compute(form, {});
    this.#forms.delete(name);
    this.#origins.set(image, form);
    this.rewriting.set(name, image);
  }

  #compute(form: ChannelForm, attrs: Attrs): Value {
    const { terms, shift, shape } = form;
    if (terms.length === 0) return expand(shift!, shape);
    const isSum = shift === null && terms.every(({ coefficient }) => coefficient === null) && !("activation" in attrs);
    if (isSum) return terms.map(({ image }) => image).reduce(add);
    const inputs = [shift, ...terms.flatMap(({ image, coefficient }) => [image, coefficient])];
    return this.rewriting.builder.emit("ChannelAffine", inputs, attrs, { domain: COMPOSITE })[0];
  }

  #one(form: ChannelForm): Value {
    const like = form.terms[0]?.image ?? form.shift!;
    return this.rewriting.builder.constant(scalar(like.type, 1));
  }
}

/** The per-channel factor that an operand is, if it is one. */
function factorOf(operand: Operand): Value | undefined {
  if ("channel" in operand) return operand.channel;
  return operand.form.terms.length === 0 ? operand.form.shift ?? undefined : undefined;
}

/** Whether an operation with the operand keeps the shape of the form. */
function fits(form: ChannelForm, operand: Operand): boolean {
  if ("form" in operand) return sameShape(form, operand.form);
  const { shape } = operand.channel;
  return shape.length < 4 || shape[1] === 1 || shape[1] === form.shape[1];
}

function sameShape(a: ChannelForm, b: ChannelForm): boolean {
  return a.shape.join() === b.shape.join();
}

/** One number, or one per channel of an image. */
function isChannel(value: Value): boolean {
  if (!isStatic(value.shape)) return false;
  const [batch, , height, width] = value.shape;
  return (sizeOf(value.shape) === 1 && value.shape.length <= 4) ||
    (value.shape.length === 4 && batch === 1 && height === 1 && width === 1);
}

/** [C,1,1], as it broadcasts against images. */
function isVector(value: Value): boolean {
  return isStatic(value.shape) && value.shape.length === 3 && value.shape[1] === 1 && value.shape[2] === 1;
}

function isImageShape(shape: readonly number[]): boolean {
  return shape.length === 4 && shape[0] * shape[2] * shape[3] > 1;
}
