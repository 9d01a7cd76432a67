/** Rows per statement: five values each stay far below the parameter limits of both stores. */
const sliceLength = 500

/** Runs a statement on slices of a long list and gathers what it gives. */
export async function inSlices<T, R>(
  list: readonly T[],
  statement: (slice: readonly T[]) => Promise<readonly R[]>,
): Promise<R[]> {
  const gathered: R[] = []
  for (let start = 0; start < list.length; start += sliceLength) {
    gathered.push(...(await statement(list.slice(start, start + sliceLength))))
  }
  return gathered
}
