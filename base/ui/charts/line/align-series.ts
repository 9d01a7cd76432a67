/** Points of one line; `x` ascends. `null` is a gap. */
export interface Points {
  x: readonly number[]
  y: readonly (number | null)[]
}

/** Puts lines with their own x values on one common, ascending x. A line has `undefined` where it has no point of its own, so that it is drawn through. */
export function alignSeries(lines: readonly Points[]): { x: number[]; ys: (number | null | undefined)[][] } {
  const first = lines[0]
  if (first === undefined) return { x: [], ys: [] }
  if (lines.every((line) => line.x === first.x || sameNumbers(line.x, first.x))) {
    return { x: [...first.x], ys: lines.map((line) => [...line.y]) }
  }
  const x = [...new Set(lines.flatMap((line) => [...line.x]))].toSorted((a, b) => a - b)
  const at = new Map(x.map((value, index) => [value, index]))
  const ys = lines.map((line) => {
    const y: (number | null | undefined)[] = Array.from({ length: x.length })
    line.x.forEach((value, index) => {
      const slot = at.get(value)
      if (slot !== undefined) y[slot] = line.y[index] ?? null
    })
    return y
  })
  return { x, ys }
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, at) => value === b[at])
}

/** Sums series on top of one another; a gap counts as nothing. Answers the upper edges, lowest series first. */
export function stackSeries(series: readonly (readonly (number | null)[])[]): number[][] {
  const edges: number[][] = []
  for (const values of series) {
    const below = edges.at(-1)
    edges.push(values.map((value, at) => (value ?? 0) + (below?.[at] ?? 0)))
  }
  return edges
}
