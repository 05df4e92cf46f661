/** Matrix products. */
import { sizeOf } from "../../base/tensor.ts";
import type { OpRule, Sample, Tape, Value } from "../../contracts/op.ts";
import { type Attrs, type Dim, float, int, type Shape } from "../../graph/graph.ts";
import { gemm as emitGemm, matmul as emitMatmul, mul, reshape, squeeze, transpose, unsqueeze } from "../emit.ts";
import { broadcastData, broadcastShapes, unbroadcast } from "./_broadcast.ts";
import { checkCount, floatAttr, intAttr, misfit, required, sharedType, show } from "./_check.ts";
import { mayEqual } from "./_dims.ts";
import { numbers } from "./_numbers.ts";
import { productTransposed, transposed } from "./_product.ts";

/** A MatMul as matrices: a vector on the left is one row, on the right one column. */
interface Product {
  readonly left: Shape;
  readonly right: Shape;
  readonly batch: Shape;
  /** The output as ONNX gives it, without the axes that stood for vectors. */
  readonly output: Shape;
}

function productOf(a: Shape, b: Shape): Product {
  if (a.length === 0 || b.length === 0) misfit("MatMul", "an input is a scalar, vectors or matrices would be right");
  const left = a.length === 1 ? [1, ...a] : a;
  const right = b.length === 1 ? [...b, 1] : b;
  const [depth, depth2] = [left[left.length - 1], right[right.length - 2]];
  if (!mayEqual(depth, depth2)) misfit("MatMul", `${show(a)} and ${show(b)} differ in the length that is summed over`);
  const batch = broadcastShapes("MatMul", [left.slice(0, -2), right.slice(0, -2)]);
  const rows: Shape = a.length === 1 ? [] : left.slice(-2, -1);
  const columns: Shape = b.length === 1 ? [] : right.slice(-1);
  return { left, right, batch, output: [...batch, ...rows, ...columns] };
}

const inferMatMul: OpRule["infer"] = (inputs) => {
  checkCount("MatMul", inputs, 2, 2);
  const [a, b] = [required("MatMul", inputs, 0), required("MatMul", inputs, 1)];
  return [{ type: sharedType("MatMul", inputs, "number"), shape: productOf(a.shape, b.shape).output }];
};

const computeMatMul: OpRule["compute"] = (inputs) => {
  const [a, b] = [required("MatMul", inputs, 0), required("MatMul", inputs, 1)];
  const form = productOf(a.dims, b.dims);
  const [left, right, batch] = [form.left, form.right, form.batch] as (readonly number[])[];
  const [m, k, n] = [left[left.length - 2], left[left.length - 1], right[right.length - 1]];
  const lefts = broadcastData({ ...a, dims: left }, [...batch, m, k]);
  const rights = broadcastData({ ...b, dims: right }, [...batch, k, n]);
  const count = sizeOf(batch);
  const out = new Float64Array(count * m * n);
  for (let i = 0; i < count; i++) {
    const columns = { data: transposed({ data: rights, offset: i * k * n }, k, n), offset: 0 };
    productTransposed({ data: lefts, offset: i * m * k }, columns, { data: out, offset: i * m * n }, m, n, k);
  }
  return [numbers(a.type, form.output as readonly number[], out)];
};

function matMulGradient(tape: Tape, [dy]: readonly (Value | null)[]): readonly (Value | null)[] {
  const [a, b] = [required("MatMul", tape.inputs, 0), required("MatMul", tape.inputs, 1)];
  if (!dy) return [null, null];
  const left = a.shape.length === 1 ? unsqueeze(a, [0]) : a;
  const right = b.shape.length === 1 ? unsqueeze(b, [1]) : b;
  const rows = a.shape.length === 1 ? unsqueeze(dy, [dy.shape.length - (b.shape.length === 1 ? 0 : 1)]) : dy;
  const full = b.shape.length === 1 ? unsqueeze(rows, [rows.shape.length]) : rows;
  const da = tape.wanted(0) ? leftGradient(full, left, right) : null;
  const db = tape.wanted(1) ? rightGradient(full, left, right) : null;
  return [
    da && a.shape.length === 1 ? squeeze(da, [0]) : da,
    db && b.shape.length === 1 ? squeeze(db, [1]) : db,
  ];
}

/** dy · bᵀ, summed over the axes along which a was repeated. */
function leftGradient(dy: Value, a: Value, b: Value): Value {
  if (dy.shape.length === 2) return emitGemm(dy, b, null, { transB: true });
  return unbroadcast(emitMatmul(dy, flipped(b)), a.shape);
}

/** aᵀ · dy; for a plain matrix b the batch joins the rows, which makes it one product. */
function rightGradient(dy: Value, a: Value, b: Value): Value {
  if (b.shape.length === 2) return emitGemm(asMatrix(a), asMatrix(dy), null, { transA: true });
  return unbroadcast(emitMatmul(flipped(a), dy), b.shape);
}

function asMatrix(x: Value): Value {
  return x.shape.length === 2 ? x : reshape(x, ["rows", x.shape[x.shape.length - 1]]);
}

/** x with its last two axes exchanged. */
function flipped(x: Value): Value {
  const rank = x.shape.length;
  const order = Array.from({ length: rank }, (_, axis) => axis);
  [order[rank - 2], order[rank - 1]] = [rank - 1, rank - 2];
  return transpose(x, order);
}

interface GemmForm {
  readonly m: Dim;
  readonly k: Dim;
  readonly n: Dim;
  readonly transA: boolean;
  readonly transB: boolean;
}

function gemmForm(attrs: Attrs, a: Shape, b: Shape): GemmForm {
  if (a.length !== 2 || b.length !== 2) misfit("Gemm", `${show(a)} and ${show(b)} must both be matrices`);
  const [transA, transB] = [intAttr(attrs, "transA", 0) !== 0, intAttr(attrs, "transB", 0) !== 0];
  const [m, k] = transA ? [a[1], a[0]] : a;
  const [depth, n] = transB ? [b[1], b[0]] : b;
  if (!mayEqual(k, depth)) misfit("Gemm", `${show(a)} and ${show(b)} differ in the length that is summed over`);
  return { m, k, n, transA, transB };
}

const inferGemm: OpRule["infer"] = (inputs, attrs) => {
  checkCount("Gemm", inputs, 2, 3);
  const [a, b] = [required("Gemm", inputs, 0), required("Gemm", inputs, 1)];
  const { m, n } = gemmForm(attrs, a.shape, b.shape);
  const c = inputs[2];
  if (c && show(broadcastShapes("Gemm", [c.shape, [m, n]])) !== show([m, n])) {
    misfit("Gemm", `input 2 of shape ${show(c.shape)} does not broadcast to ${show([m, n])}`);
  }
  return [{ type: sharedType("Gemm", inputs, "number"), shape: [m, n] }];
};

const computeGemm: OpRule["compute"] = (inputs, attrs) => {
  const [a, b] = [required("Gemm", inputs, 0), required("Gemm", inputs, 1)];
  const form = gemmForm(attrs, a.dims, b.dims);
  const [m, k, n] = [form.m, form.k, form.n].map(Number);
  const left = form.transA ? transposed({ data: a.data, offset: 0 }, k, m) : a.data;
  const right = form.transB ? b.data : transposed({ data: b.data, offset: 0 }, k, n);
  const out = new Float64Array(m * n);
  productTransposed({ data: left, offset: 0 }, { data: right, offset: 0 }, { data: out, offset: 0 }, m, n, k);
  const [alpha, beta] = [floatAttr(attrs, "alpha", 1), floatAttr(attrs, "beta", 1)];
  const added = inputs[2] ? broadcastData(inputs[2], [m, n]) : new Float64Array(m * n);
  return [numbers(a.type, [m, n], out.map((value, i) => alpha * value + beta * added[i]))];
};

function gemmGradient(tape: Tape, [dy]: readonly (Value | null)[]): readonly (Value | null)[] {
  const [a, b, c] = [required("Gemm", tape.inputs, 0), required("Gemm", tape.inputs, 1), tape.inputs[2]];
  if (!dy) return tape.inputs.map(() => null);
  const { transA, transB } = gemmForm(tape.attrs, a.shape, b.shape);
  const alpha = floatAttr(tape.attrs, "alpha", 1);
  const da = () => (transA ? scaled(b, dy, alpha, transB, true) : scaled(dy, b, alpha, false, !transB));
  const db = () => (transB ? scaled(dy, a, alpha, true, transA) : scaled(a, dy, alpha, !transA, false));
  const dc = (shape: Shape) => {
    const beta = floatAttr(tape.attrs, "beta", 1);
    return unbroadcast(beta === 1 ? dy : mul(dy, beta), shape);
  };
  return [
    tape.wanted(0) ? da() : null,
    tape.wanted(1) ? db() : null,
    c && tape.wanted(2) ? dc(c.shape) : null,
  ];
}

function scaled(a: Value, b: Value, alpha: number, transA: boolean, transB: boolean): Value {
  const attrs = { alpha: float(alpha), transA: int(transA ? 1 : 0), transB: int(transB ? 1 : 0) };
  return a.builder.emit("Gemm", [a, b], attrs)[0];
}

const matMulSamples: readonly Sample[] = [
  { shapes: [[3, 4], [4, 5]] },
  { shapes: [[2, 3, 4], [4, 5]] },
  { shapes: [[2, 3, 4], [2, 4, 5]] },
  { shapes: [[2, 1, 3, 4], [3, 4, 2]] },
  { shapes: [[3, 4], [2, 4, 5]] },
  { shapes: [[4], [4]] },
  { shapes: [[4], [4, 3]] },
  { shapes: [[3, 4], [4]] },
  { shapes: [[4], [2, 4, 3]] },
  { shapes: [[2, 3, 4], [4]] },
];

const gemmSamples: readonly Sample[] = [
  { shapes: [[3, 4], [4, 5], [5]] },
  { shapes: [[3, 4], [5, 4], [3, 1]], attrs: { transB: int(1), alpha: float(0.5), beta: float(2) } },
  { shapes: [[4, 3], [4, 5]], attrs: { transA: int(1), alpha: float(-1.5) } },
  { shapes: [[4, 3], [5, 4], []], attrs: { transA: int(1), transB: int(1) } },
  { shapes: [[2, 4], [4, 3], [2, 3]], attrs: { beta: float(0.25) } },
];

export const matmul: readonly OpRule[] = [
  { type: "MatMul", infer: inferMatMul, compute: computeMatMul, vjp: matMulGradient, samples: matMulSamples },
  { type: "Gemm", infer: inferGemm, compute: computeGemm, vjp: gemmGradient, samples: gemmSamples },
];
