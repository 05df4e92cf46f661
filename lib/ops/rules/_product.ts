/** The float64 kernel below MatMul, Gemm and the convolutions. */

/** A matrix inside an array: rows of `columns` numbers from `offset` on. */
export interface Matrix {
  readonly data: Float64Array;
  readonly offset: number;
}

/** out[m, n] = Σ_k a[m, k] · b[n, k], all row-major; four columns at once keep the sums in registers. */
export function productTransposed(a: Matrix, b: Matrix, out: Matrix, m: number, n: number, k: number): void {
  const blocks = n - (n % 4);
  for (let row = 0; row < m; row++) {
    const from = a.offset + row * k;
    const to = out.offset + row * n;
    for (let column = 0; column < blocks; column += 4) {
      fourSums(a.data, from, b.data, b.offset + column * k, k, out.data, to + column);
    }
    for (let column = blocks; column < n; column++) {
      out.data[to + column] = dot(a.data, from, b.data, b.offset + column * k, k);
    }
  }
}

function fourSums(
  a: Float64Array,
  from: number,
  b: Float64Array,
  first: number,
  k: number,
  out: Float64Array,
  to: number,
): void {
  const [second, third, fourth] = [first + k, first + 2 * k, first + 3 * k];
  let [s0, s1, s2, s3] = [0, 0, 0, 0];
  for (let i = 0; i < k; i++) {
    const x = a[from + i];
    s0 += x * b[first + i];
    s1 += x * b[second + i];
    s2 += x * b[third + i];
    s3 += x * b[fourth + i];
  }
  out[to] = s0;
  out[to + 1] = s1;
  out[to + 2] = s2;
  out[to + 3] = s3;
}

function dot(a: Float64Array, from: number, b: Float64Array, first: number, k: number): number {
  let sum = 0;
  for (let i = 0; i < k; i++) sum += a[from + i] * b[first + i];
  return sum;
}

/** The transpose of a [rows, columns] matrix as a new array. */
export function transposed(a: Matrix, rows: number, columns: number): Float64Array {
  const out = new Float64Array(rows * columns);
  for (let row = 0; row < rows; row++) {
    const from = a.offset + row * columns;
    for (let column = 0; column < columns; column++) out[column * rows + row] = a.data[from + column];
  }
  return out;
}
