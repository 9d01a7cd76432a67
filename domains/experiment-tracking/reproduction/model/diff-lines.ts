const mostCells = 4_000_000

/**
 * The difference of two texts by lines, as a longest common subsequence: ` ` in both, `-` only in the first, `+` only in the
 * second. Beyond four million pairs of lines between their common ends, all of the first goes and all of the second comes.
 */
export function diffLines(first: readonly string[], second: readonly string[]): string[] {
  let start = 0
  while (start < first.length && start < second.length && first[start] === second[start]) start += 1
  let end = 0
  const room = Math.min(first.length, second.length) - start
  while (end < room && first.at(-1 - end) === second.at(-1 - end)) end += 1
  const middle = between(first.slice(start, first.length - end), second.slice(start, second.length - end))
  const same = (line: string) => ` ${line}`
  return [...first.slice(0, start).map(same), ...middle, ...first.slice(first.length - end).map(same)]
}

function between(first: readonly string[], second: readonly string[]): string[] {
  const [less, more] = [first.map((line) => `-${line}`), second.map((line) => `+${line}`)]
  if (first.length * second.length > mostCells) return [...less, ...more]
  const longest = lengths(first, second)
  const width = second.length + 1
  const at = (i: number, j: number) => longest[i * width + j] ?? 0
  const lines: string[] = []
  let [i, j] = [0, 0]
  while (i < first.length && j < second.length) {
    if (first[i] === second[j]) {
      lines.push(` ${first[i] ?? ''}`)
      i += 1
      j += 1
    } else if (at(i + 1, j) >= at(i, j + 1)) {
      lines.push(less[i] ?? '')
      i += 1
    } else {
      lines.push(more[j] ?? '')
      j += 1
    }
  }
  return [...lines, ...less.slice(i), ...more.slice(j)]
}

/** Row by row from the end: how long the longest common subsequence of both remainders is. */
function lengths(first: readonly string[], second: readonly string[]): Uint32Array {
  const width = second.length + 1
  const longest = new Uint32Array((first.length + 1) * width)
  for (let i = first.length - 1; i >= 0; i -= 1) {
    for (let j = second.length - 1; j >= 0; j -= 1) {
      const below = longest[(i + 1) * width + j] ?? 0
      const right = longest[i * width + j + 1] ?? 0
      const both = (longest[(i + 1) * width + j + 1] ?? 0) + 1
      longest[i * width + j] = first[i] === second[j] ? both : Math.max(below, right)
    }
  }
  return longest
}
