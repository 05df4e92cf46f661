/** Finds the rule of an operator. */
import { nearest } from "../base/errors.ts";
import type { OpRule } from "../contracts/op.ts";
import { GraphError } from "../graph/errors.ts";

/** Rules by operator and domain. */
export class Registry {
  readonly #rules = new Map<string, OpRule>();

  /** @throws GraphError where two rules describe one operator. */
  constructor(rules: Iterable<OpRule>) {
    for (const rule of rules) {
      const key = qualified(rule.type, rule.domain ?? "");
      if (this.#rules.has(key)) throw new GraphError(`Cannot register operator "${key}": it has two rules, keep one`);
      this.#rules.set(key, rule);
    }
  }

  find(op: string, domain = ""): OpRule | undefined {
    return this.#rules.get(qualified(op, domain));
  }

  /** The rule of an operator. @throws GraphError that names the nearest known operator. */
  get(op: string, domain: string, node: string): OpRule {
    const rule = this.find(op, domain);
    if (rule !== undefined) return rule;
    const name = qualified(op, domain);
    const near = nearest(name, this.#rules.keys());
    const hint = near === undefined ? "write it with known operators" : `did you mean "${near}"?`;
    throw new GraphError(`Cannot use operator "${name}" of node "${node}": it is unknown, ${hint}`);
  }
}

/** `Conv`, or `com.microsoft.nchwc::Conv` outside the standard domain. */
export function qualified(op: string, domain: string): string {
  return domain === "" || domain === "ai.onnx" ? op : `${domain}::${op}`;
}
