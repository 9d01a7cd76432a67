/** One request that waits to be sent: all that is needed to send it later, also by another process. */
export interface SpooledRequest {
  readonly method: string
  readonly path: string
  readonly body: unknown
  /** The body is a text that is sent as it is, not as JSON. */
  readonly isText?: boolean
}

/** Where the requests of one run wait while the server is away, in order. */
export interface Spool {
  /**
   * Where it can be done at once nothing is returned; then it is safe from the end of the process, too. `isLast`: the
   * process or page ends now, so that nothing can be waited for, also not what was appended before.
   */
  append(requests: readonly SpooledRequest[], isLast?: boolean): Promise<void> | undefined
  /** The oldest requests, at most so many. */
  peek(limit: number): Promise<SpooledRequest[]>
  /** Forgets the first ones of those that `peek` gave last. */
  drop(count: number): Promise<void>
  /** Ends this process's use of it. It is removed when it is empty, and left for `abandoned` otherwise. */
  close(): Promise<void>
}

/** All spools for one workspace of one server. */
export interface Spools {
  /** A new spool for a run of this process. */
  open(runId: string): Promise<Spool>
  /** Takes over spools that nobody uses any more, oldest first. */
  abandoned(): Promise<Spool[]>
}

/** Spools in memory: what waits is lost with the process. */
export const memorySpools: Spools = {
  open: async () => {
    const waiting: SpooledRequest[] = []
    return {
      append: (requests) => void waiting.push(...requests),
      peek: async (limit) => waiting.slice(0, limit),
      drop: async (count) => void waiting.splice(0, count),
      close: async () => {},
    }
  },
  abandoned: async () => [],
}
