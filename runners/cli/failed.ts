/** A run that failed in the process that computes. */
import { UserError } from "../../lib/base/errors.ts";

export class Failed extends UserError {
  /** @param detail a stack trace where the failure is a defect, not something that a user can mend. */
  constructor(message: string, readonly detail: string | null) {
    super(message);
  }
}
