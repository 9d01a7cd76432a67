/** One request that waits to be sent: all that is needed to send it later, also by another process. */
export interface SpooledRequest {
  readonly method: string
  readonly path: string
  readonly body: unknown
}

/** Where requests wait while the server is away. Order is kept within a spool. */
export interface Spool {
  append(requests: readonly SpooledRequest[]): Promise<void>
  /** At a process's end, where nothing may wait. */
  appendNow?(requests: readonly SpooledRequest[]): void
  /** The oldest requests, at most so many. */
  peek(limit: number): Promise<SpooledRequest[]>
  /** Forgets the oldest ones, which have been sent. */
  drop(count: number): Promise<void>
  /** Removes the spool when it is empty. */
  close(): Promise<void>
}

/** All spools of a place. */
export interface Spools {
  /** A new spool for a run of this process. */
  open(runId: string): Promise<Spool>
  /** Spools that processes left behind which have ended. */
  abandoned(): Promise<Spool[]>
}

/** Spools in memory: what waits is lost with the process. */
export const memorySpools: Spools = {
  open: async () => {
    const waiting: SpooledRequest[] = []
    return {
      append: async (requests) => void waiting.push(...requests),
      peek: async (limit) => waiting.slice(0, limit),
      drop: async (count) => void waiting.splice(0, count),
      close: async () => {},
    }
  },
  abandoned: async () => [],
}
