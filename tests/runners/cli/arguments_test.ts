import assert from "node:assert/strict";
import { parseArguments, UsageError } from "../../../runners/cli/arguments.ts";

Deno.test("files, overrides and options may stand in any order", () => {
  const line = parseArguments([
    "run",
    "a.yaml",
    "--cache",
    "c",
    "train.epochs=3",
    "b.yaml",
    "--force=train",
    "--force",
    "report",
    "--json",
  ]);
  assert.deepEqual(line.names, ["a.yaml", "b.yaml"]);
  assert.deepEqual(line.overrides, ["train.epochs=3"]);
  assert.deepEqual([line.cache, line.out, line.provider], ["c", undefined, "auto"]);
  assert.deepEqual(line.force, ["train", "report"]);
  assert.deepEqual([line.json, line.quiet, line.help], [true, false, false]);
});

Deno.test("an override may hold spaces, lists and further equal signs; a file with one needs a path", () => {
  const line = parseArguments(["run", "./a=b.yaml", "about=x = y", "dataset.ages=[1, 2]"]);
  assert.deepEqual(line.names, ["./a=b.yaml"]);
  assert.deepEqual(line.overrides, ["about=x = y", "dataset.ages=[1, 2]"]);
});

Deno.test("help needs nothing else", () => {
  assert.equal(parseArguments([]).help, true);
  assert.equal(parseArguments(["--help"]).help, true);
  assert.deepEqual([parseArguments(["run", "-h"]).command, parseArguments(["plan", "--help"]).help], ["run", true]);
});

Deno.test("what cannot be understood is told with the nearest right word", () => {
  const wrong: readonly [string[], RegExp][] = [
    [["rum", "a.yaml"], /no such command; did you mean "run"\?/],
    [["run", "a.yaml", "--quite"], /did you mean "--quiet"\?/],
    [["run", "a.yaml", "--dot"], /"run" has no such option/],
    [["run", "a.yaml", "--json=yes"], /no such option/],
    [["run", "a.yaml", "--cache"], /it needs a value/],
    [["run", "a.yaml", "--cache", "--json"], /it needs a value/],
    [["run", "a.yaml", "--provider", "cpuu"], /did you mean "cpu"\?/],
    [["run"], /name a pipeline file/],
    [["plan", "a.yaml", "b.yaml"], /"plan" takes one name/],
  ];
  for (const [args, message] of wrong) {
    assert.throws(
      () => parseArguments(args),
      (error) => error instanceof UsageError && message.test(error.message),
      args.join(" "),
    );
  }
});
