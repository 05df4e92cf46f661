import assert from "node:assert/strict";
import { UserError } from "../../lib/base/errors.ts";
import type { Split } from "../../lib/contracts/pipeline.ts";
import { readList } from "../../lib/splits/list.ts";
import type { Labelled, Part } from "../../lib/splits/part.ts";
import { splitFaces } from "../../lib/splits/split.ts";

/** `count` faces of ages 20 to 39, unevenly many of each. */
function faces(count: number): Labelled[] {
  return Array.from({ length: count }, (_, i) => ({ file: `face_${i}.jpg`, age: 20 + (i * i) % 20 }));
}

const random = (more: Partial<Split & { by: "random" }> = {}): Split => ({
  by: "random",
  test: 0.2,
  validation: 0.1,
  seed: 1,
  ...more,
});

const folds = (fold: number, validation = 0.25): Split => ({ by: "folds", folds: 5, fold, validation, seed: 1 });
const lists = (validation: number | string = 0, offset = 0): Split => ({
  by: "list",
  train: "train.csv",
  validation,
  offset,
  seed: 1,
});

const count = (parts: readonly Part[], part: Part): number => parts.filter((other) => other === part).length;

function byFile(all: readonly Labelled[], split: Split): Map<string, Part> {
  const { parts } = splitFaces(all, split);
  return new Map(all.map(({ file }, i) => [file, parts[i]]));
}

Deno.test("random shares hold on the whole and within each age", () => {
  const all = faces(3000);
  const { parts } = splitFaces(all, random());
  assert.ok(Math.abs(count(parts, "test") - 600) <= 10);
  assert.ok(Math.abs(count(parts, "validation") - 300) <= 10);
  for (const [, members] of Map.groupBy(all.map((face, i) => ({ ...face, part: parts[i] })), ({ age }) => age)) {
    const tested = members.filter(({ part }) => part === "test").length;
    assert.ok(Math.abs(tested - members.length * 0.2) < 1);
  }
});

Deno.test("ages with few images get their share on the whole", () => {
  const rare = Array.from({ length: 1000 }, (_, i) => ({ file: `rare_${i}`, age: i }));
  const { parts } = splitFaces(rare, random());
  assert.ok(Math.abs(count(parts, "test") - 200) < 45);
  assert.ok(Math.abs(count(parts, "validation") - 100) < 35);
});

Deno.test("the order of the faces does not matter, the seed does", () => {
  const all = faces(200);
  assert.deepEqual(byFile(all.toReversed(), random()), new Map([...byFile(all, random())].toReversed()));
  assert.notDeepEqual(byFile(all, random({ seed: 2 })), byFile(all, random()));
});

Deno.test("one image more or less moves at most one other a part", () => {
  const all = faces(300);
  const before = byFile(all, random());
  for (let left = 0; left < 50; left++) {
    const after = byFile(all.toSpliced(left, 1), random());
    const moved = [...after].filter(([file, part]) => before.get(file) !== part);
    assert.ok(moved.length <= 2, `${moved.length} images moved`);
  }
});

Deno.test("shares of nothing and of everything", () => {
  const all = faces(100);
  assert.equal(count(splitFaces(all, random({ test: 0, validation: 0 })).parts, "train"), 100);
  const { parts } = splitFaces(all, random({ test: 0.5, validation: 0.5 }));
  assert.equal(count(parts, "train"), 0);
});

Deno.test("folds test every face once, by its place in the order of names", () => {
  const all = faces(103).toReversed();
  const tested = [0, 1, 2, 3, 4].map((fold) => byFile(all, folds(fold)));
  for (const [i, { file }] of all.toSorted((a, b) => (a.file < b.file ? -1 : 1)).entries()) {
    assert.deepEqual(tested.map((parts) => parts.get(file) === "test"), [0, 1, 2, 3, 4].map((fold) => i % 5 === fold));
  }
  const { parts } = splitFaces(all, folds(0));
  assert.ok(Math.abs(count(parts, "validation") - 20) <= 10);
  assert.throws(() => splitFaces(all, folds(5)), RangeError);
  assert.throws(() => splitFaces(all.slice(0, 4), folds(0)), /4 faces into 5 folds: set dataset\.split\.folds to 4/);
});

const LISTED = [
  { file: "a.jpg", age: 21 },
  { file: "b.jpg", age: 30 },
  { file: "sub/c.jpg", age: 40 },
  { file: "d.jpg", age: 50 },
];

Deno.test("lists name the parts; an index column without a name is passed over; what no list names is unused", () => {
  const train = readList(",file,age\n7,a.jpg,0\n8,c.jpg,20\n", "train.csv", 21);
  const test = readList("file\nb.jpg\n", "test.csv", 21);
  const result = splitFaces(LISTED, lists(), { train, test });
  assert.deepEqual(result.parts, ["train", "test", "train", "unused"]);
  assert.deepEqual(result.ages, [21, 30, 41, 50]);
  assert.equal(result.relabelled, 1);
  assert.deepEqual(result.absent, []);
});

Deno.test("listed files that are not there are counted, not fatal", () => {
  const train = readList("file\na.jpg\nx.jpg\ny.jpg\nz.jpg\nw.jpg\n", "train.csv", 0);
  const { parts, absent } = splitFaces(LISTED, lists(), { train });
  assert.deepEqual(parts, ["train", "unused", "unused", "unused"]);
  assert.deepEqual(absent, [{ list: "train.csv", count: 4, of: 5, examples: ["x.jpg", "y.jpg", "z.jpg"] }]);
});

Deno.test("a name that two folders share is not guessed", () => {
  const twice = [{ file: "p/a.jpg", age: 1 }, { file: "q/a.jpg", age: 2 }];
  const result = splitFaces(twice, lists(), { train: readList("file\na.jpg\nq/a.jpg\n", "train.csv", 0) });
  assert.deepEqual(result.parts, ["unused", "train"]);
  assert.equal(result.absent[0].count, 1);
});

Deno.test("validation is a share of the training list, or a list of its own", () => {
  const all = faces(400);
  const train = readList(`file\n${all.slice(0, 300).map(({ file }) => file).join("\n")}`, "train.csv", 0);
  const drawn = splitFaces(all, lists(0.1), { train }).parts;
  assert.ok(Math.abs(count(drawn, "validation") - 30) <= 10);
  assert.equal(count(drawn, "train") + count(drawn, "validation"), 300);
  assert.ok(drawn.slice(300).every((part) => part === "unused"));
  const validation = readList("file\nface_399.jpg\n", "val.csv", 0);
  const given = splitFaces(all, lists("val.csv"), { train, validation }).parts;
  assert.deepEqual([count(given, "train"), count(given, "validation"), given[399]], [300, 1, "validation"]);
});

for (
  const [name, train, test, message] of [
    ["an image in two lists", "file\na.jpg\n", "file\na.jpg\n", /"a.jpg" is in "train.csv" and in "test.csv"/],
    ["an image with two ages", "file,age\na.jpg,3\na.jpg,4\n", "file\n", /names "a.jpg" twice, with ages 3 and 4/],
    [
      "an age that is no number",
      "file,age\na.jpg,young\n",
      "file\n",
      /"young" in row 2 of "train.csv": it must be a number/,
    ],
    ["a list without files", "name,age\na.jpg,3\n", "file\n", /Cannot find the column "file" in "train.csv"/],
  ] as const
) {
  Deno.test(`${name} is the user's to mend`, () => {
    const split = () =>
      splitFaces(LISTED, lists(), { train: readList(train, "train.csv", 0), test: readList(test, "test.csv", 0) });
    assert.throws(split, (error) => error instanceof UserError && message.test(error.message));
  });
}

Deno.test("naming an image twice alike does no harm", () => {
  const train = readList("file,age\na.jpg,3\na.jpg,3\n", "train.csv", 0);
  assert.equal(splitFaces(LISTED, lists(), { train }).ages[0], 3);
});
