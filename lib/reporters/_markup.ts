/** HTML by tagged templates: what is interpolated is escaped unless it is markup already. */

/** Text that is safe to put into a page as it is. */
export class Markup {
  constructor(readonly text: string) {}
}

type Part = string | number | Markup | null | undefined | readonly Part[];

/** Builds markup. Strings and numbers are escaped, lists are joined, `null` and `undefined` give nothing. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.map((text, i) => i < parts.length ? text + textOf(parts[i]) : text).join(""));
}

function textOf(part: Part): string {
  if (part === null || part === undefined) return "";
  if (part instanceof Markup) return part.text;
  if (typeof part === "object") return part.map(textOf).join("");
  return escaped(String(part));
}

/** Text for element content and quoted attributes. Control characters, which HTML forbids, become U+FFFD. */
export function escaped(text: string): string {
  return text
    // deno-lint-ignore no-control-regex
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g, "\ufffd")
    .replace(/[&<>"']/g, (mark) => `&#${mark.charCodeAt(0)};`);
}

/** A horizontal bar filled to a share of 0 to 1. */
export function bar(share: number, kind = ""): Markup {
  return markup`<span class="track"><span class="fill ${kind}" style="width:${
    (100 * share).toFixed(1)
  }%"></span></span>`;
}
