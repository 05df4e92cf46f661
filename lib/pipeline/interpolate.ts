/** `${NAME}` and `${NAME:-default}` in the text of a value. `$${` stands for a plain `${`. */

/** The value of an environment variable, or undefined. */
export type Environment = (name: string) => string | undefined;

export interface Interpolated {
  readonly text: string;
  /** Variables whose value was taken, in order. */
  readonly used: readonly string[];
  /** The text starts with the value of a variable, so a relative path in it is the environment's, not the file's. */
  readonly leads: boolean;
  /** What is wrong, if anything. */
  readonly problem?: string;
}

const PATTERN = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|\$\{/g;

export function interpolate(text: string, environment: Environment): Interpolated {
  const used: string[] = [];
  let leads = false;
  let problem: string | undefined;
  const replaced = text.replace(
    PATTERN,
    (match, name: string | undefined, fallback: string | undefined, at: number) => {
      if (match === "$${") return "${";
      if (name === undefined) {
        problem = 'cannot read this "${": write ${NAME} or ${NAME:-default}';
        return match;
      }
      const value = environment(name);
      const unset = value === undefined || value === "";
      if (unset && fallback === undefined) {
        problem = `environment variable ${name} is not set: set it or write \${${name}:-default}`;
      }
      if (unset) return fallback ?? "";
      used.push(name);
      leads ||= at === 0;
      return value;
    },
  );
  return { text: replaced, used, leads, problem };
}
