import { closeSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'

/** A promise that the server made, in the words of whoever heard it. */
export interface Acknowledged {
  /** What was asked for: unique within a campaign. */
  readonly key: string
  readonly kind:
    | 'user'
    | 'data'
    | 'run'
    | 'log'
    | 'version'
    | 'evidence'
    | 'deployment'
    | 'rollout'
    | 'prediction'
    | 'label'
    | 'finish'
  /** What was acknowledged: an id, and what belongs to it. */
  readonly id: string
  readonly value?: number
}

/** Keeps acknowledgements where no crash of the server reaches them. */
export interface Ledger {
  /** Writes one and waits until it is on the disk: the next request is sent only then. */
  keep(entry: Acknowledged): void
  /** All that was kept, as the file says. */
  entries(): Acknowledged[]
  close(): void
}

/** Opens a ledger in a file of its own. */
export function openLedger(path: string): Ledger {
  const file = openSync(path, 'a')
  return {
    keep: (entry) => {
      writeSync(file, `${JSON.stringify(entry)}\n`)
      fsyncSync(file)
    },
    entries: () =>
      readFileSync(path, 'utf8')
        .split('\n')
        .filter((line) => line !== '')
        .map((line) => JSON.parse(line) as Acknowledged), // as `keep` wrote it
    close: () => closeSync(file),
  }
}
