/** The report of a run as one page that needs nothing else. */
import type { Reporter, RunReport } from "../contracts/report.ts";
import { groupCharts } from "./_groups.ts";
import { headline, judged } from "./_headline.ts";
import { leakedImages, leftOut, worstFaces } from "./_images.ts";
import { learning } from "./_learning.ts";
import { Markup, markup } from "./_markup.ts";
import { methodSection } from "./_method.ts";
import { predictionCharts } from "./_predictions.ts";
import { stagesSection } from "./_stages.ts";
import { STYLE } from "./_style.ts";

/** Allows a page its own styles and pictures, and no request, script or frame. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

export const html: Reporter = {
  name: "html",
  about:
    "One self-contained page: metrics against the best constant, curves, errors by age and group, worst faces, stages.",
  async render(report) {
    return { "report.html": new TextEncoder().encode(await pageOf(report)) };
  },
};

async function pageOf(report: RunReport): Promise<string> {
  const page = markup`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${POLICY}">
<title>${report.title}</title>
<style>${new Markup(STYLE)}</style>
</head>
<body><main>
<header><h1>${report.title}</h1><p>${report.about}</p><p class="note">Provider: ${report.provider}</p></header>
${await sections(report)}
${LIMITS}
</main></body>
</html>
`;
  return page.text;
}

async function sections(report: RunReport): Promise<Markup[]> {
  const { metrics, history, thumbnails } = report;
  const part = judged(metrics)?.part;
  const predictions = report.predictions.filter(({ split }) => split === part);
  const parts = await Promise.all([
    headline(report),
    learning(history, metrics.validation?.baseline_mae),
    methodSection(report),
    predictionCharts(predictions),
    groupCharts(metrics, predictions),
    worstFaces(predictions, thumbnails),
    leftOut(report.left),
    leakedImages(report.leaks),
    stagesSection(report.stages, report.pipeline),
  ]);
  return parts.filter((section) => section !== null);
}

const LIMITS =
  markup`<footer>An estimate says how old a face looks to a model trained on these images. It is no evidence of a
person's age: it must not decide on access, benefits, penalties or asylum. Errors differ between groups and between ways of taking
pictures, and are larger on images unlike those of the dataset.</footer>`;
