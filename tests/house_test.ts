/** The house keeps its shape: floors, purity, sizes and indexes. Each failure says which command or move repairs it. */
import assert from "node:assert/strict";
import { dirname, join, normalize } from "node:path";
import { ROOMS, staleRooms } from "../scripts/index.ts";

const ROOT = normalize(join(import.meta.dirname!, ".."));

/** Folders from the ground up; a file imports from its own folder or from a lower floor. */
const FLOORS: readonly (readonly string[])[] = [
  ["lib/base"],
  ["lib/graph"],
  ["lib/contracts"],
  ["lib/ops"],
  ["lib/autodiff", "lib/lowering", "lib/nn", "lib/optim", "lib/images", "lib/splits"],
  ["lib/compile", "lib/parity", "lib/memory"],
  ["lib/datasets", "lib/augmentations", "lib/backbones", "lib/heads", "lib/losses", "lib/metrics", "lib/reporters"],
  ["lib/stages"],
  ["lib/pipeline"],
  ["runners"],
];

/** Files that no budget applies to, because a program wrote them. */
const GENERATED = ["lib/graph/onnx_pb.ts"];
const MOST_LINES = 300;
const MOST_FUNCTION_LINES = 40;

interface Source {
  readonly path: string;
  readonly text: string;
}

function* walk(folder: string): Generator<string> {
  for (const entry of Deno.readDirSync(join(ROOT, folder))) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) yield* walk(path);
    else if (entry.name.endsWith(".ts")) yield path;
  }
}

function sources(...folders: string[]): Source[] {
  const paths = folders.flatMap((folder) => [...walk(folder)]).filter((path) => !GENERATED.includes(path));
  return paths.sort().map((path) => ({ path, text: Deno.readTextFileSync(join(ROOT, path)) }));
}

function importsOf(source: Source): string[] {
  const pattern = /(?:from|import)\s*\(?\s*"([^"]+)"/g;
  return [...source.text.matchAll(pattern)].map((match) => match[1]);
}

/** The floor of a file and the room that it is in. */
function placeOf(path: string): { floor: number; room: string } | undefined {
  for (const [floor, rooms] of FLOORS.entries()) {
    const room = rooms.find((folder) => path.startsWith(`${folder}/`));
    if (room) return { floor, room };
  }
  return undefined;
}

/** Imports that go sideways or upwards, as sentences. */
export function trespasses(source: Source): string[] {
  const from = placeOf(source.path);
  if (!from) return [`${source.path}: lies in no known room; add its folder to FLOORS in tests/house_test.ts`];
  const found: string[] = [];
  for (const target of importsOf(source).filter((name) => name.startsWith("."))) {
    const path = normalize(join(dirname(source.path), target));
    const to = placeOf(path);
    if (path === "mod.ts" || !to || to.floor > from.floor || (to.floor === from.floor && to.room !== from.room)) {
      found.push(`${source.path}: imports ${path}; move what is shared to a lower floor`);
    }
  }
  return found;
}

const IMPURE: readonly [RegExp, string][] = [
  [/\bDeno\./, "uses Deno.*; take it as a value from `runners/`"],
  [/\bDate\.now\(|\bnew Date\(|\bperformance\.now\(/, "reads a clock; use world.now()"],
  [/\bMath\.random\(/, "draws unseeded numbers; use lib/base/random.ts"],
  [/from "node:/, "imports a runtime module; take it as a value from `runners/`"],
  [/onnxruntime-/, "imports a runtime; providers live in `runners/providers/`"],
];

/** What makes a file of `lib/` impure, as sentences. Comments are not code. */
export function impurities(source: Source): string[] {
  const code = source.text.replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "");
  return IMPURE.filter(([pattern]) => pattern.test(code)).map(([, remedy]) => `${source.path}: ${remedy}`);
}

const functionLength: Deno.lint.Plugin = {
  name: "house",
  rules: {
    "function-length": {
      create(context) {
        const check = (node: Deno.lint.Node): void => {
          const lines = context.sourceCode.text.slice(node.range[0], node.range[1]).split("\n").length;
          if (lines > MOST_FUNCTION_LINES) context.report({ node, message: `${lines} lines` });
        };
        return { FunctionDeclaration: check, FunctionExpression: check, ArrowFunctionExpression: check };
      },
    },
  },
};

/** Functions over the budget, as sentences. */
export function longFunctions(source: Source): string[] {
  const found = Deno.lint.runPlugin(functionLength, source.path, source.text);
  return found.map(({ range, message }) => {
    const line = source.text.slice(0, range[0]).split("\n").length;
    return `${source.path}:${line}: a function of ${message}, ${MOST_FUNCTION_LINES} are allowed; split it`;
  });
}

const none = (problems: readonly string[]): void => assert.equal(problems.join("\n"), "");

Deno.test("house: files import from their own room or from lower floors", () => {
  none(sources("lib", "runners").flatMap(trespasses));
});

Deno.test("house: lib/ is pure", () => {
  none(sources("lib").flatMap(impurities));
});

Deno.test("house: files and functions are small", () => {
  const long = sources("lib", "runners", "scripts", "tests", "bench", "fixtures")
    .map(({ path, text }) => ({ path, lines: text.split("\n").length - 1 }))
    .filter(({ lines }) => lines > MOST_LINES)
    .map(({ path, lines }) => `${path}: ${lines} lines, ${MOST_LINES} are allowed; split it`);
  none(long);
  none(sources("lib", "runners", "scripts").flatMap(longFunctions));
});

Deno.test("house: contracts stay short", () => {
  const long = sources("lib/contracts")
    .filter(({ text }) => text.split("\n").length > 130)
    .map(({ path }) => `${path}: a contract that long is read by nobody; split it`);
  none(long);
});

Deno.test("house: room indexes are up to date", () => {
  none(staleRooms(ROOT).map((room) => `${room.folder}/mod.ts is stale: run \`deno task index\``));
  assert.ok(ROOMS.length > 5);
});

Deno.test("house: the judges themselves can fail", () => {
  const at = (path: string, text: string): Source => ({ path, text });
  assert.equal(trespasses(at("lib/heads/x.ts", 'import { a } from "../losses/b.ts";')).length, 1);
  assert.equal(trespasses(at("lib/ops/x.ts", 'import { a } from "../stages/b.ts";')).length, 1);
  assert.equal(trespasses(at("lib/stages/x.ts", 'import { a } from "../ops/b.ts";')).length, 0);
  assert.equal(impurities(at("lib/ops/x.ts", "const t = Date.now();")).length, 1);
  assert.equal(impurities(at("lib/ops/x.ts", "// Deno.cwd() is not used here")).length, 0);
  const body = "  1;\n".repeat(MOST_FUNCTION_LINES);
  assert.equal(longFunctions(at("lib/ops/x.ts", `function f() {\n${body}}\n`)).length, 1);
});
