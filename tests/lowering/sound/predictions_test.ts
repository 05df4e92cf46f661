/** Trained networks, whose weights are constants of the graph and whose batch is open, predict on webgpu what the reference says. */
import { compileInference } from "../../../lib/compile/inference.ts";
import { compileTrainStep } from "../../../lib/compile/train_step.ts";
import { noise, optimizer } from "../../compile/_models.ts";
import { assertRightOnWebgpu, testOnWebgpu } from "./_judge.ts";
import { NETWORKS } from "./_networks.ts";

for (const [name, model] of Object.entries(NETWORKS)) {
  testOnWebgpu(`The prediction of ${name} is right`, async () => {
    const { initial } = compileTrainStep(model, { batch: 2, optimizer: optimizer("sgd"), clip: null });
    const graph = compileInference(model, initial, { batch: "N" });
    await assertRightOnWebgpu(graph, { image: noise([3, 3, 16, 16], 7, 255) });
  });
}
