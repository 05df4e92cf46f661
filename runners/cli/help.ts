/** What `--help` prints. */

const OPTIONS = `
  --provider NAME   auto, webgpu, cpu or wasm; auto (the default) takes a real GPU, else cpu, else wasm
  --cache DIR       where results of stages are kept (default .cache/ageline)
  --out DIR         where results of runs go (default runs)
  --force STAGE     run this stage even if it is cached; may be given several times
  --json            the last line on standard output is one JSON object (with several files, one line each)
  --quiet           warnings and errors only
  --help            this text

  key=value         sets a value of the pipeline by its dotted path, read as YAML:
                    train.epochs=3  backbone.use=resnet50  dataset.path=/data/UTKFace`;

export const HELP: Readonly<Record<string, string>> = {
  "": `ageline: facial age estimation from a pipeline file

  deno task run FILE… [key=value …]    run what is not cached, write the results
  deno task plan FILE [key=value …]    show which stages are cached and why the others are not
  deno task check FILE…                validate only
  deno task list [ROOM]                the plug-ins with their parameters
  deno task parity FILE                compare the providers on a model or a pipeline, node by node
  deno task test                       the tests

Each command has --help. Exit status: 0 done, 1 the run failed, 2 the pipeline or the command line is wrong,
130 interrupted (a checkpoint was kept).
`,
  run: `Usage: deno task run FILE… [key=value …] [options]

Compiles each pipeline, runs what is not cached, and writes the results to runs/<pipeline>/<run id>/.
Standard output carries the folders of the results; progress, tables and warnings go to standard error.

Options:${OPTIONS}

AGELINE_MEMORY=MIB in the environment sets the memory past which the process that computes is replaced by a new one,
which goes on from the checkpoint with the same result.
`,
  plan: `Usage: deno task plan FILE [key=value …] [options]

Prints the stages with their keys, hit or miss, and why each miss; nothing is executed.

Options:
  --dot             draw the stages as a graph in the DOT language
  --svg             draw them as SVG${OPTIONS}
`,
  check: `Usage: deno task check FILE… [key=value …] [--quiet] [--help]

Validates pipelines and prints every problem with its place. Exit status 0 or 2.
`,
  list: `Usage: deno task list [ROOM] [--json] [--help]

Prints every plug-in with its parameters, defaults, ranges and paper. ROOM is one of datasets, augmentations, backbones,
heads, losses, metrics, optimizers, schedules, reporters, stages.
`,
  parity: `Usage: deno task parity FILE [key=value …] [options]

Runs one batch through the providers, node by node, and holds every value against the float64 reference. FILE is an ONNX
model, or a pipeline: then it is the first train step, with images of the dataset where a run has prepared them.
Names the first node that differs, and says whether its operator is wrong or rounding has grown.
Exit status: 0 all agree, 1 some do not, 2 the command line or the file is wrong.

Options:
  --provider LIST   the providers to compare, such as webgpu,cpu (default webgpu,cpu,wasm)
  --batch N         images in the batch (default: what the file fixes, else 2; 4 of a pipeline)
  --tolerance X     largest relative error that passes (default 0.001)
  --cache DIR       where a run has left the prepared images (default .cache/ageline)
  --json            one JSON object on standard output
  --quiet           warnings and errors only
  --help            this text
`,
};
