import assert from "node:assert/strict";
import { UserError } from "../../lib/base/errors.ts";
import { csv } from "../../lib/datasets/csv.ts";
import { textFiles } from "./files.ts";

async function read(table: string, given: Record<string, unknown> = {}, images = ["a.jpg", "b.jpg", "sub/c.jpg"]) {
  const texts = Object.fromEntries(images.map((path) => [path, ""]));
  const files = textFiles({ ...texts, [String(given.table ?? "labels.csv")]: table });
  return await Array.fromAsync(csv.read(files, csv.params.parse(given)));
}

Deno.test("faces come in the order of their names, further columns as groups", async () => {
  assert.deepEqual(await read("file,age,gender,city\nsub/c.jpg,7.5,f,\na.jpg, 30 ,m,Kyiv\n"), [
    { file: "a.jpg", age: 30, groups: { gender: "m", city: "Kyiv" } },
    { file: "sub/c.jpg", age: 7.5, groups: { gender: "f" } },
  ]);
});

Deno.test("columns, table and folder can be named otherwise; an unnamed index column is no group", async () => {
  const given = { table: "meta/list.csv", file: "path", age: "years", folder: "sub" };
  assert.deepEqual(await read(",path,years\n1,c.jpg,9\n", given), [{ file: "sub/c.jpg", age: 9, groups: {} }]);
});

Deno.test("quotes, commas, line breaks and a byte order mark are read as RFC 4180 says", async () => {
  const [face] = await read('\uFEFFfile,age,note\r\n"a.jpg",3,"one, ""two""\nthree"\r\n');
  assert.deepEqual(face, { file: "a.jpg", age: 3, groups: { note: 'one, "two"\nthree' } });
});

Deno.test("rows that cannot be used are left out with their reason and place", async () => {
  const rows = ["file,age", "gone.jpg,3", "a.jpg,", "b.jpg,old", "sub/c.jpg,200", "a.jpg,12", "../x.jpg,3"];
  const entries = await read(rows.join("\n"));
  assert.deepEqual(entries.map((entry) => [entry.file, "reason" in entry ? entry.reason : ""]), [
    ["../x.jpg", "there is no such file: name it relative to dataset.path (row 7 of labels.csv)"],
    ["a.jpg", '"" is not an age of 0 to 122 (row 3 of labels.csv)'],
    ["a.jpg", "it is listed before (row 6 of labels.csv)"],
    ["b.jpg", '"old" is not an age of 0 to 122 (row 4 of labels.csv)'],
    ["gone.jpg", "there is no such file (row 2 of labels.csv)"],
    ["sub/c.jpg", '"200" is not an age of 0 to 122 (row 5 of labels.csv)'],
  ]);
});

Deno.test("of a file that is not there, the one that was meant is named", async () => {
  const entries = await read(
    ["file,age", "A.JPG,3", " b.jpg,4", "./sub/c.jpg,5", "/sub/c.jpg,6", "sub\\c.jpg,7"].join("\n"),
  );
  const reasons = Object.fromEntries(entries.map((entry) => [entry.file, "reason" in entry ? entry.reason : ""]));
  assert.match(reasons["A.JPG"], /did you mean "a\.jpg"\?/);
  assert.match(reasons[" b.jpg"], /did you mean "b\.jpg"\?/);
  assert.match(reasons["./sub/c.jpg"], /did you mean "sub\/c\.jpg"\?/);
  assert.match(reasons["sub\\c.jpg"], /did you mean "sub\/c\.jpg"\?/);
  assert.match(reasons["/sub/c.jpg"], /name it relative to dataset\.path/);
});

Deno.test("a table with other separators, two columns of one name, or in UTF-16 is refused", async () => {
  await assert.rejects(read("file;age\na.jpg;3\n"), /header "file;age" has no comma/);
  await assert.rejects(read("file\tage\na.jpg\t3\n"), /has no comma/);
  await assert.rejects(read("file,age,age\na.jpg,3,4\n"), /two columns "age"/);
  await assert.rejects(read("f\0i\0l\0e\0,\0a\0g\0e\0"), /not text in UTF-8/);
  assert.equal((await read("file,age,,\na.jpg,3,,\n")).length, 1);
});

Deno.test("label columns are told from the table's header, before anything is read", async () => {
  const given = { table: "labels.csv", file: "file", age: "age", folder: "" };
  const columns = (text?: string) => csv.columns!(given, (path) => Promise.resolve(path === "labels.csv" ? text : ""));
  assert.deepEqual(await columns("gender,file,age,,eyes\n"), ["gender", "eyes"]);
  await assert.rejects(columns("file,years\n"), /Cannot find the column "age"/);
  await assert.rejects(columns(undefined), /there is no such file below dataset\.path/);
});

const POINTS = "lx0,ly0,lx1,ly1,lx2,ly2,lx3,ly3,lx4,ly4";

Deno.test("landmarks are read from columns of their own, which are no groups", async () => {
  const rows = ["a.jpg,30,1,2,3,4,5,6.5,7,8,9,-10,m", "b.jpg,31,,,,,,,,,,,f"];
  assert.deepEqual(await read([`file,age,${POINTS},gender`, ...rows].join("\n")), [
    { file: "a.jpg", age: 30, groups: { gender: "m" }, landmarks: [1, 2, 3, 4, 5, 6.5, 7, 8, 9, -10] },
    { file: "b.jpg", age: 31, groups: { gender: "f" } },
  ]);
});

Deno.test("landmark columns can have another prefix, or names and an order of their own", async () => {
  const row = "a.jpg,30,10,9,8,7,6,5,4,3,2,1";
  const prefixed = `file,age,${POINTS.replaceAll("l", "p_")}\n${row}`;
  const [first] = await read(prefixed, { landmarks: "p_" });
  assert.deepEqual("landmarks" in first && first.landmarks, [10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
  const named = await read(`file,age,${POINTS}\n${row}`, { landmarks: POINTS.split(",").reverse() });
  assert.deepEqual("landmarks" in named[0] && named[0].landmarks, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});

Deno.test("a face with some landmarks, or with words for them, is left out", async () => {
  const entries = await read(
    [`file,age,${POINTS}`, "a.jpg,30,1,2,3,,5,6,7,8,9,10", "b.jpg,30,1,2,3,x,5,6,7,8,9,10"].join("\n"),
  );
  assert.deepEqual(entries.map((entry) => "reason" in entry && entry.reason), [
    '"" is not a coordinate of a landmark (row 2 of labels.csv)',
    '"x" is not a coordinate of a landmark (row 3 of labels.csv)',
  ]);
});

Deno.test("landmark columns that are asked for, or there in part, must all be there", async () => {
  await assert.rejects(read("file,age\na.jpg,3\n", { landmarks: "l" }), /Cannot find the column "lx0"/);
  await assert.rejects(read("file,age,lx0,ly0\na.jpg,3,1,2\n"), /Cannot find the column "lx1"/);
});

for (
  const [name, table, message] of [
    ["a misspelt column", "fiel,age\na.jpg,3\n", /Cannot find the column "file" .* did you mean "fiel"\?/],
    [
      "a missing column",
      "file,weight\na.jpg,3\n",
      /Cannot find the column "age" in "labels.csv": its columns are file, weight/,
    ],
    ["an empty table", "", /Cannot read "labels.csv": it is empty/],
    ["a short row", "file,age\na.jpg\n", /row 2 has 1 cells, the header names 2 columns/],
    ["an open quote", 'file,age\n"a.jpg,3\n', /as CSV: row 2: Quoted field unterminated/],
  ] as const
) {
  Deno.test(`${name} is the user's to mend`, async () => {
    await assert.rejects(read(table), (error) => error instanceof UserError && message.test(error.message));
  });
}

Deno.test("a table that is not there is named", async () => {
  const files = textFiles({ "a.jpg": "" });
  await assert.rejects(Array.fromAsync(csv.read(files, csv.params.parse({}))), /Cannot read "labels.csv"/);
});
