/** A line of progress that redraws itself on a terminal, and prints sparsely where output is a file. */
export interface Progress {
  /** `done` of `total`; the rate is worked out. */
  update(done: number, total: number): void
  end(text?: string): void
}

export interface ProgressOptions {
  readonly label: string
  readonly write: (text: string) => void
  readonly isTerminal: boolean
  readonly nowMs: () => number
}

const redrawMs = 100

/** Starts a progress line. */
export function createProgress(options: ProgressOptions): Progress {
  const startedMs = options.nowMs()
  let drawnMs = Number.NEGATIVE_INFINITY
  return {
    update: (done, total) => {
      const nowMs = options.nowMs()
      if (!options.isTerminal || (nowMs - drawnMs < redrawMs && done < total)) return
      drawnMs = nowMs
      const share = total > 0 ? Math.min(1, done / total) : 0
      const rate = nowMs > startedMs ? Math.round((done * 1000) / (nowMs - startedMs)) : 0
      const bar = '█'.repeat(Math.round(share * 24)).padEnd(24, '·')
      options.write(
        `\r\u001b[2K  ${options.label} ${bar} ${Math.floor(share * 100)}% (${rate.toLocaleString('en-US')}/s)`,
      )
    },
    end: (text) => {
      if (options.isTerminal) options.write('\r\u001b[2K')
      if (text !== undefined) options.write(`${text}\n`)
    },
  }
}
