import type { Attribution } from '../../experiments/store/feedback.ts'

/** Who answered the requests of late, for feedback that comes before the log's files do. */
export interface RequestIndex {
  note(requestId: string, attribution: Attribution): void
  find(requestId: string): Attribution | undefined
}

/** Makes an index of at most `most` requests: the oldest are forgotten first, for by then their files are there. */
export function createRequestIndex(most = 400_000): RequestIndex {
  const known = new Map<string, Attribution>()
  return {
    note: (requestId, attribution) => {
      known.set(requestId, attribution)
      if (known.size <= most) return
      const [oldest] = known.keys()
      if (oldest !== undefined) known.delete(oldest)
    },
    find: (requestId) => known.get(requestId),
  }
}
