/** A span of event time, `toMs` not included. */
export interface Span {
  readonly fromMs: number
  readonly toMs: number
}

interface Grid {
  readonly windowMs: number
  readonly alignedToMs: number
}

/** The window that a moment lies in. */
export function windowOf(grid: Grid, timeMs: number): Span {
  const index = Math.floor((timeMs - grid.alignedToMs) / grid.windowMs)
  return windowAt(grid, index)
}

/** The window with a number: 0 starts at `alignedToMs`. */
export function windowAt({ windowMs, alignedToMs }: Grid, index: number): Span {
  const fromMs = alignedToMs + index * windowMs
  return { fromMs, toMs: fromMs + windowMs }
}

/** Until where windows are complete: those that end at or before it may close. */
export function closableUntilMs(grid: Grid & { readonly graceMs: number }, watermarkMs: number): number {
  return windowOf(grid, watermarkMs - grid.graceMs).fromMs
}

/** The same for a moment that a person names: a window that ends there is complete. */
export function completeUntilMs(grid: Grid, untilMs: number): number {
  return windowOf(grid, untilMs).fromMs
}
