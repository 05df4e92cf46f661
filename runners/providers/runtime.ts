/** What the three providers on ONNX Runtime share: its version, how sessions are opened, how its errors are told. */
import type { InferenceSession } from "onnxruntime-node";
import { UserError } from "../../lib/base/errors.ts";
import type { OpenOptions, Session } from "../../lib/contracts/provider.ts";
import { type RuntimeHost, RuntimeSession } from "./runtime_session.ts";

/** Version of the ONNX Runtime packages, as pinned in deno.json. */
export const RUNTIME_VERSION = "1.30.0";

/** Log level of the runtime: errors only. */
const ERRORS_ONLY = 3;

/** An entry point of an ONNX Runtime package, as far as it is used here. */
export interface SessionMaker {
  create(model: Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession>;
}

/** Opens a model in the host's queue. @throws UserError where the runtime refuses it. */
export function openSession(
  host: RuntimeHost,
  maker: SessionMaker,
  model: Uint8Array,
  options: OpenOptions | undefined,
  settings: InferenceSession.SessionOptions,
): Promise<Session> {
  return host.queue.run(async () => {
    const opened = await host.guard(async () => {
      try {
        return await maker.create(model, { ...settings, logSeverityLevel: ERRORS_ONLY });
      } catch (error) {
        throw new UserError(`Cannot open the model on "${host.name}": ${reason(error)}`, { cause: error });
      }
    });
    try {
      return new RuntimeSession(host, opened, options?.carry);
    } catch (error) {
      await opened.release();
      throw error;
    }
  });
}

/** The message of whatever was thrown. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
