/** The least and the greatest value around each point; a gap where there is none. What a smoothed line leaves out stays visible between them. */
export interface Envelope {
  low: (number | null)[]
  high: (number | null)[]
}

/** Windows over a curve: at least three points, about as many windows as a chart has pixel columns for a line to be told apart. */
export function envelope(y: readonly (number | null)[], windows = 160): Envelope {
  const reach = Math.max(1, Math.ceil(y.length / windows / 2))
  const low: (number | null)[] = []
  const high: (number | null)[] = []
  for (let at = 0; at < y.length; at += 1) {
    const near = y.slice(Math.max(0, at - reach), at + reach + 1).filter((value) => value !== null)
    low.push(near.length === 0 ? null : Math.min(...near))
    high.push(near.length === 0 ? null : Math.max(...near))
  }
  return { low, high }
}
