/**
 * Matrix products for software adapters. ONNX Runtime's kernel shares tiles of both operands in workgroup memory, which a GPU reads
 * for nearly nothing. A processor does so element by element for each invocation, which takes far longer than to multiply: the
 * kernel reads or writes a vector of four for every six multiplications. Here eight invocations of a workgroup sum blocks of 16 rows
 * by 8 columns in registers and read both operands where they lie, a vector for every 21 multiplications, without barriers:
 * [32,288] times [288,2048] takes 28 instead of 90 ms of processor time on llvmpipe. The other invocations have nothing to do.
 *
 * Only the body of the kernel is another one: bindings, uniforms, the size of the dispatch and the functions that read the operands
 * and write the product are those of the runtime. What does not look as it does in the version in use stays as it is.
 */

/** Where the part that is replaced begins; it goes on to the end of the shader. */
const BODY = "  let localRow = i32(local_id.y);\n";

/** What a kernel of four columns in one vector has, whose sum goes over all of the inner dimension. */
const MARKS = [
  "@compute @workgroup_size(workgroup_size_x, workgroup_size_y, workgroup_size_z)\nfn main(",
  "const workgroup_size_x: u32 = 8;\nconst workgroup_size_y: u32 = 8;\nconst workgroup_size_z: u32 = 1;\n",
  "const innerElementSize = 4;\nconst tileInner = 32;\n",
  "  let num_tiles = (uniforms.dim_inner - 1) / tileInner + 1;\n  var kStart = 0;\n",
  "    mm_write(batch, globalRow + innerRow, globalCol, acc[innerRow]);\n",
];

/** How the kernel reads its operands, as they are or transposed. */
const LEFT = {
  plain: "mm_readA(batch, globalRow + innerRow, kStart / innerElementSize + inputCol",
  transposed: "mm_readA(batch, kStart + inputRow, globalRowStart / innerElementSize + inputCol",
};
const RIGHT = {
  plain: "mm_readB(batch, kStart + inputRow, globalCol",
  transposed: "mm_readB(batch, globalColStart + tileRowB + innerRow, kStart / innerElementSize + inputCol",
};

/** Columns of one invocation, in vectors of 4. */
const VECTORS = 2;
/** Invocations that work, two above each other, four side by side. */
const INVOCATIONS = 8;
const ACROSS = 4;
const LANES = ["x", "y", "z", "w"] as const;

/** Has the device compile kernels of products in the form of `inRegisters`. */
export function replaceProducts(device: GPUDevice): void {
  const compile = device.createShaderModule.bind(device);
  device.createShaderModule = (descriptor) => compile({ ...descriptor, code: inRegisters(descriptor.code) });
}

/** The kernel of a matrix product (WGSL) with its sums in registers; any other shader as it is. */
export function inRegisters(code: string): string {
  const start = code.indexOf(BODY);
  const left = formOf(code, LEFT);
  const right = formOf(code, RIGHT);
  const height = Number(code.match(/^const rowPerThread = ([14]);$/m)?.[1] ?? 0) * 8;
  const type = code.match(/^ {2}var acc: array<(vec4<\w+>), rowPerThread>;$/m)?.[1];
  if (start < 0 || !left || !right || !type || height === 0) return code;
  if (!MARKS.every((mark) => code.includes(mark))) return code;
  const more = code.includes(`${RIGHT[right]}, batchIndices)`) ? ", batchIndices" : "";
  return code.slice(0, start) + body({ left, right, more, type, rows: height / 2, batch: linesOf(code, start) });
}

type Form = keyof typeof LEFT;

interface Kernel {
  readonly left: Form;
  readonly right: Form;
  /** Of four sums. */
  readonly type: string;
  /** Further arguments of the functions that read. */
  readonly more: string;
  /** Rows of one invocation. */
  readonly rows: number;
  /** The lines that say which product of a batch it is. */
  readonly batch: string;
}

function formOf(code: string, forms: Readonly<Record<Form, string>>): Form | undefined {
  return (["plain", "transposed"] as const).find((form) => code.includes(forms[form]));
}

function linesOf(code: string, start: number): string {
  return code.slice(start).split("\n").filter((line) => /^ {2}let (batch|batchIndices) = /.test(line)).join("\n");
}

function body(kernel: Kernel): string {
  const { type, rows, batch } = kernel;
  const sums = upTo(rows).flatMap((row) => upTo(VECTORS).map((vector) => ({ row, vector })));
  return [
    `  if (local_idx >= ${INVOCATIONS}u) { return; }`,
    batch,
    `  let firstRow = i32(logical_workgroup_id.y) * ${2 * rows} + i32(local_idx / ${ACROSS}u) * ${rows};`,
    `  let firstVector = i32(logical_workgroup_id.x) * 8 + i32(local_idx % ${ACROSS}u) * ${VECTORS};`,
    ...sums.map(({ row, vector }) => `  var ${sum(row, vector)} = ${type}(0);`),
    "  for (var k = 0; k < i32(uniforms.dim_inner); k = k + 4) {",
    ...readLeft(kernel),
    ...readRight(kernel),
    ...sums.map(({ row, vector }) => `    ${sum(row, vector)} = ${grown(row, vector)};`),
    "  }",
    ...sums.map(({ row, vector }) => {
      return `  mm_write(batch, firstRow + ${row}, firstVector + ${vector}, ${sum(row, vector)});`;
    }),
    "}",
    "",
  ].join("\n");
}

function sum(row: number, vector: number): string {
  return `sum_${row}_${vector}`;
}

/** The sum and the products of four elements of a row with those of four columns. */
function grown(row: number, vector: number): string {
  return LANES.reduce((all, lane, i) => `(b_${i}_${vector} * a_${row}.${lane} + ${all})`, sum(row, vector));
}

/** a_r: row r, elements k to k + 3. */
function readLeft({ left, type, rows, more }: Kernel): readonly string[] {
  if (left === "plain") {
    return upTo(rows).map((row) => `    let a_${row} = mm_readA(batch, firstRow + ${row}, k / 4${more});`);
  }
  const blocks = upTo(rows / 4).flatMap((block) => {
    return upTo(4).map((i) => `    let s_${block}_${i} = mm_readA(batch, k + ${i}, firstRow / 4 + ${block}${more});`);
  });
  return [...blocks, ...upTo(rows).map((row) => `    let a_${row} = ${lanes(type, `s_${row >> 2}`, row % 4)};`)];
}

/** b_i_v: element k + i of the four columns of vector v. */
function readRight({ right, type, more }: Kernel): readonly string[] {
  return upTo(VECTORS).flatMap((vector) => {
    if (right === "plain") {
      return upTo(4).map((i) =>
        `    let b_${i}_${vector} = mm_readB(batch, k + ${i}, firstVector + ${vector}${more});`
      );
    }
    const columns = upTo(4).map((i) => {
      return `    let t_${vector}_${i} = mm_readB(batch, (firstVector + ${vector}) * 4 + ${i}, k / 4${more});`;
    });
    return [...columns, ...upTo(4).map((i) => `    let b_${i}_${vector} = ${lanes(type, `t_${vector}`, i)};`)];
  });
}

/** One lane of each of four vectors. */
function lanes(type: string, name: string, lane: number): string {
  return `${type}(${upTo(4).map((i) => `${name}_${i}.${LANES[lane]}`).join(", ")})`;
}

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i);
}
