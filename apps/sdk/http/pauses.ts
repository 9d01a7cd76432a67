const firstPauseMs = 200
const longestPauseMs = 10_000

/** How long to wait after so many failures: doubling, with jitter, so that many clients do not come back at once. */
export function pauseMs(failures: number): number {
  return (0.5 + Math.random() / 2) * Math.min(longestPauseMs, firstPauseMs * 2 ** Math.min(failures - 1, 10))
}

/** Waits; rejects with the signal's reason when it is aborted. One in the background keeps no process alive. */
export async function pause(ms: number, options: { signal?: AbortSignal | undefined; background?: boolean } = {}) {
  const { signal, background = false } = options
  signal?.throwIfAborted()
  let stop = () => {}
  try {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, ms)
      if (background) unreferenced(timer)
      stop = () => (clearTimeout(timer), resolve())
      signal?.addEventListener('abort', stop)
    })
  } finally {
    signal?.removeEventListener('abort', stop)
  }
  signal?.throwIfAborted()
}

/** A timer that keeps no process alive; browsers have plain numbers. */
export function unreferenced<T>(timer: T): T {
  const { unref } = Object(timer) as { unref?: () => void } // a Timeout of Node's, or a number
  unref?.call(timer)
  return timer
}
