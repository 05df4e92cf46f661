/** The header that all plug-ins share, and the sockets of the plug-in rooms. */
import type { ZodType } from "zod";

/** What `use: <name>` in a pipeline file refers to. */
export interface Plugin<P> {
  readonly name: string;
  /** One sentence for `deno task list`. */
  readonly about: string;
  /** Paper or equation that it implements. */
  readonly source?: string;
  /** The parameters with defaults, ranges and descriptions; a strict zod object without the key `use`. */
  readonly params: ZodType<P>;
}
