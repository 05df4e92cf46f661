/** Every operator that ageline knows is right on webgpu, on all samples of its rule. */
import { random } from "../../../lib/base/random.ts";
import { sizeOf, type Tensor, tensor } from "../../../lib/base/tensor.ts";
import type { OpRule, Sample, Value } from "../../../lib/contracts/op.ts";
import { ONNX_TYPES } from "../../../lib/graph/element_types.ts";
import { intOf } from "../../../lib/lowering/attributes.ts";
import { createBuilder, type GraphBuilder } from "../../../lib/ops/builder.ts";
import { rules } from "../../../lib/ops/rules/mod.ts";
import { assertRightOnWebgpu, testOnWebgpu } from "./_judge.ts";

/** Adds the node of a sample, with random numbers for its inputs. */
function addSample(
  builder: GraphBuilder,
  rule: OpRule,
  sample: Sample,
  at: number,
  feeds: Record<string, Tensor>,
): void {
  const stream = random("webgpu", rule.type, at);
  const inputs = sample.shapes.map((dims, i): Value | null => {
    const fixed = sample.fixed?.[i];
    if (fixed !== undefined) return builder.constant(fixed);
    if (dims === null) return null;
    const name = `${at}/${i}`;
    const draw = (): number => stream.between(...sample.range ?? [-2, 2]);
    feeds[name] = tensor("float32", dims, Array.from({ length: sizeOf(dims) }, draw));
    return builder.input(name, "float32", dims);
  });
  const { attrs, outputs } = sample;
  const made = builder.emit(rule.type, inputs, attrs, { domain: rule.domain, outputs, fold: false });
  made.forEach((value, i) => builder.output(`${at} gives ${i}`, value));
}

/** Refused on webgpu, as another test says. */
const isDouble = ({ attrs = {} }: Sample): boolean => intOf(attrs, "to", 0) === ONNX_TYPES.float64;

for (const rule of rules) {
  testOnWebgpu(`${rule.type} is right`, async () => {
    const builder = createBuilder();
    const feeds: Record<string, Tensor> = {};
    rule.samples.filter((sample) => !isDouble(sample)).forEach((sample, i) =>
      addSample(builder, rule, sample, i, feeds)
    );
    await assertRightOnWebgpu(builder.finish(), feeds);
  });
}
