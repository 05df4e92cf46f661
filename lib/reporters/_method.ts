/** How the model was trained, in words. */
import type { RunReport } from "../contracts/report.ts";
import { type Markup, markup } from "./_markup.ts";

export function methodSection({ method }: RunReport): Markup | null {
  const lines = Object.entries(method).map(([topic, words]) =>
    markup`<tr><td>${topic}</td><td class="free">${words}</td></tr>`
  );
  if (lines.length === 0) return null;
  return markup`<section id="method"><h2>How it was trained</h2><div class="card"><table>${lines}</table></div></section>`;
}
