import assert from "node:assert/strict";
import { z } from "zod";
import { describeRooms } from "../../lib/pipeline/describe.ts";
import { dotOf } from "../../lib/pipeline/dot.ts";
import { plugins } from "./_doors.ts";

Deno.test("a plug-in is listed with its parameters, their ranges and defaults", () => {
  const params = z.strictObject({
    p: z.number().min(0).max(1).default(0.5).describe("chance"),
    way: z.enum(["a", "b"]),
    other: z.boolean().optional(),
    n: z.int().positive().nullable().default(null),
    pair: z.tuple([z.number(), z.int()]).default([0.5, 1]),
    deep: z.array(z.string()).default([]),
  });
  const metric = { ...plugins.metrics[0], name: "mine", about: "Mine", source: "Me 2020", params };
  const [text] = describeRooms({ ...plugins, metrics: [metric] }, []).metrics;
  assert.equal(text.source, "Me 2020");
  assert.deepEqual(text.parameters, [
    { name: "p", values: "number from 0 to 1", default: "0.5", required: false, about: "chance" },
    { name: "way", values: '"a" | "b"', required: true, about: "" },
    { name: "other", values: "boolean", required: false, about: "" },
    { name: "n", values: "integer above 0 | null", default: "null", required: false, about: "" },
    { name: "pair", values: "[number, integer]", default: "[0.5,1]", required: false, about: "" },
    { name: "deep", values: "list of string", default: "[]", required: false, about: "" },
  ]);
});

Deno.test("every built-in plug-in can be listed", () => {
  const rooms = describeRooms(plugins, []);
  assert.ok(rooms.heads.some(({ name, parameters }) => name === "coral" && parameters.length > 0));
});

Deno.test("the drawing has a node for each stage and an arrow for each need", () => {
  const dot = dotOf("mine", [
    { name: "read", needs: [], key: "k", status: "hit", because: "nothing changed" },
    { name: "train", needs: ["read"], key: null, status: "miss", because: 'say "x"' },
  ]);
  assert.match(dot, /^digraph "mine" \{/);
  assert.match(dot, /"read" -> "train";/);
  assert.match(dot, /"train" \[label="train\\nmiss: say \\"x\\""/);
});
