const KEY = 'millrace-tour'
const watchers = new Set<() => void>()
let shown = false

/** Whether the tour is on the screen. */
export const tourShown = (): boolean => shown

function become(next: boolean): void {
  shown = next
  for (const notify of watchers) notify()
}

/** Shows the tour, also to somebody who has skipped it. */
export function startTour(): void {
  become(true)
}

/** Hides the tour and never offers it again in this browser. */
export function endTour(): void {
  localStorage.setItem(KEY, 'over')
  become(false)
}

/** False once somebody has finished or skipped it. */
export const tourIsOffered = (): boolean => localStorage.getItem(KEY) === null

export function watchTour(notify: () => void): () => void {
  watchers.add(notify)
  return () => watchers.delete(notify)
}
