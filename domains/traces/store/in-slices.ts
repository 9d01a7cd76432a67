/** Runs a statement on slices of a long list and gathers what it gives. Stores limit how many parameters one statement may have. */
export async function inSlices<T, R>(
  list: readonly T[],
  length: number,
  statement: (slice: readonly T[]) => Promise<readonly R[]>,
): Promise<R[]> {
  const gathered: R[] = []
  for (let start = 0; start < list.length; start += length) {
    for (const row of await statement(list.slice(start, start + length))) gathered.push(row)
  }
  return gathered
}

/** Slices of a few fixed lengths, so that few statements are compiled: 64s, then 8s, then single ones. */
export async function inFixedSlices<T>(
  list: readonly T[],
  write: (slice: readonly T[]) => Promise<unknown>,
): Promise<void> {
  let start = 0
  for (const length of [64, 8, 1]) {
    for (; list.length - start >= length; start += length) await write(list.slice(start, start + length))
  }
}
