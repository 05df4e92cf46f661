/** Whether a folder can be written to, found out before hours of work end there. */
import { UserError } from "../../lib/base/errors.ts";
import { diskRefusal } from "./disk_refusal.ts";

/** Makes the folder where it is missing, and a folder in it, which is removed again. @throws UserError where that fails. */
export function tryFolder(folder: string): void {
  try {
    Deno.mkdirSync(folder, { recursive: true });
    Deno.removeSync(Deno.makeTempDirSync({ dir: folder, prefix: "." }));
  } catch (error) {
    const refusal = diskRefusal(error);
    throw refusal === undefined ? error : new UserError(`Cannot write results to "${folder}": ${refusal}`);
  }
}
