/** Element `index` of `values`; NaN outside, so that a wrong index shows in the result instead of hiding in it. */
export function at(values: ArrayLike<number>, index: number): number {
  return values[index] ?? Number.NaN
}
