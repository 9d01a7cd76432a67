/**
 * Solves A x = b for a symmetric positive definite A (row-major, size by size) by Cholesky's decomposition A = L Lᵀ
 * (Golub and Van Loan, Matrix Computations, section 4.2). Only A's lower triangle is read. Throws an Error when A is
 * not positive definite.
 */
export function solvePositiveDefinite(a: Float64Array, b: Float64Array): Float64Array {
  const size = b.length
  const lower = decompose(a, size)
  const x = Float64Array.from(b)
  for (let row = 0; row < size; row++) {
    x[row] = ((x[row] ?? 0) - dot(lower, row * size, x, 0, row)) / (lower[row * size + row] ?? 1)
  }
  for (let row = size - 1; row >= 0; row--) {
    const solved = (x[row] ?? 0) / (lower[row * size + row] ?? 1)
    x[row] = solved
    for (let column = 0; column < row; column++) {
      x[column] = (x[column] ?? 0) - (lower[row * size + column] ?? 0) * solved
    }
  }
  return x
}

function decompose(a: Float64Array, size: number): Float64Array {
  const lower = new Float64Array(size * size)
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < row; column++) {
      const rest = (a[row * size + column] ?? 0) - dot(lower, row * size, lower, column * size, column)
      lower[row * size + column] = rest / (lower[column * size + column] ?? 1)
    }
    const pivot = (a[row * size + row] ?? 0) - dot(lower, row * size, lower, row * size, row)
    if (!(pivot > 0)) throw new Error(`The matrix is not positive definite: pivot ${row} is ${pivot}.`)
    lower[row * size + row] = Math.sqrt(pivot)
  }
  return lower
}

function dot(left: Float64Array, leftStart: number, right: Float64Array, rightStart: number, length: number): number {
  let sum = 0
  for (let index = 0; index < length; index++) sum += (left[leftStart + index] ?? 0) * (right[rightStart + index] ?? 0)
  return sum
}
