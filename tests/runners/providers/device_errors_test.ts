import assert from "node:assert/strict";
import { findAdapter, openDevice } from "../../../runners/providers/adapter.ts";
import { DeviceErrors } from "../../../runners/providers/device_errors.ts";

const adapter = await findAdapter();

Deno.test({
  name: adapter ? "Errors of a device become rejections" : "Errors of a device: skipped, there is no GPU adapter",
  ignore: adapter === undefined,
  fn: async () => {
    const device = await openDevice(adapter!);
    const errors = new DeviceErrors(device);
    const size = device.limits.maxBufferSize + 4;
    const oversized = (): Promise<GPUBuffer> =>
      Promise.resolve(device.createBuffer({ size, usage: GPUBufferUsage.STORAGE }));
    await assert.rejects(errors.guard(oversized), /Cannot compute on the GPU/);
    assert.equal(await errors.guard(() => Promise.resolve("fine")), "fine");
    await assert.rejects(errors.guard(() => Promise.reject(new RangeError("its own"))), /its own/);
    device.destroy();
  },
});
