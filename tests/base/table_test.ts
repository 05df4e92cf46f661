import assert from "node:assert/strict";
import { columnOf, readTable } from "../../lib/base/table.ts";

Deno.test("a table knows its columns, its cells, and where its rows stand", () => {
  const table = readTable(" file ,,age\r\na.jpg,1,3\r\n\r\nb.jpg,2,4\r\n", "t.csv");
  assert.deepEqual(table.columns, ["file", "", "age"]);
  assert.deepEqual(table.rows, [{ cells: ["a.jpg", "1", "3"], number: 2 }, { cells: ["b.jpg", "2", "4"], number: 3 }]);
  assert.equal(columnOf(table, "age"), 2);
});

Deno.test("a long row is an error with its number", () => {
  assert.throws(() => readTable("a,b\n1,2\n1,2,3\n", "t.csv"), /row 3 has 3 cells, the header names 2 columns/);
});
