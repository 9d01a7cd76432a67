/** Points to draw: x in order, and y. */
export interface Drawn {
  readonly x: Float64Array
  readonly y: Float64Array
}

/**
 * A series at the resolution of a screen: the first, least, greatest and last point of every bucket of equal width, in
 * order of x, each once (the M4 aggregation: Jugel et al., "M4: A Visualization-Oriented Time Series Data Aggregation",
 * VLDB 2014). A line through them covers the same pixels as one through all points. `x` must be in order and without NaN;
 * a NaN of y is drawn where a bucket has nothing else. Series of at most `4 × buckets` points come whole.
 */
export function drawnPoints(x: Float64Array, y: Float64Array, buckets: number): Drawn {
  const { length } = x
  if (length <= 4 * buckets) return { x, y }
  const [start, end] = [x[0] ?? 0, x[length - 1] ?? 0]
  const width = (end - start) / buckets
  const places = new Uint32Array(4 * buckets)
  let kept = 0
  let from = 0
  for (let bucket = 0; bucket < buckets && from < length; bucket += 1) {
    const until = bucket === buckets - 1 ? length : endOfBucket(x, from, start + width * (bucket + 1))
    if (until > from) kept = keepExtremes(places, kept, y, from, until)
    from = until
  }
  const chosen = places.subarray(0, kept)
  return {
    x: Float64Array.from(chosen, (place) => x[place] ?? 0),
    y: Float64Array.from(chosen, (place) => y[place] ?? 0),
  }
}

function endOfBucket(x: Float64Array, from: number, edge: number): number {
  let end = from
  while (end < x.length && (x[end] ?? 0) < edge) end += 1
  return end
}

/** Notes the places of the first, least, greatest and last of `from` up to `until`, in order, each once. */
function keepExtremes(places: Uint32Array, kept: number, y: Float64Array, from: number, until: number): number {
  const [least, greatest] = extremePlaces(y, from, until)
  let count = kept
  let previous = -1
  for (const place of [from, Math.min(least, greatest), Math.max(least, greatest), until - 1]) {
    if (place <= previous) continue
    places[count] = place
    count += 1
    previous = place
  }
  return count
}

/** Where the least and the greatest are; `from` where there is nothing but NaN. */
function extremePlaces(y: Float64Array, from: number, until: number): readonly [number, number] {
  let [least, greatest] = [from, from]
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (let i = from; i < until; i += 1) {
    const value = y[i] ?? 0
    if (value < low) {
      low = value
      least = i
    }
    if (value > high) {
      high = value
      greatest = i
    }
  }
  return [least, greatest]
}
