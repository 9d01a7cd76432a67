import { closeSync, fdatasync, openSync } from 'node:fs'

/**
 * Makes commits durable without holding the event loop: SQLite appends a group to the write-ahead log (`synchronous =
 * normal` does not wait for the disk there), and the log is then synced on another thread, before any of the group is
 * acknowledged. One sync covers every commit that came before it began.
 */
export class WalSync {
  readonly #path: string
  #file: number | undefined
  #running: Promise<void> | undefined
  #next: Promise<void> | undefined

  /** @param databasePath the database; its log lies beside it as `<path>-wal` once something was written */
  constructor(databasePath: string) {
    this.#path = `${databasePath}-wal`
  }

  /** Resolves when everything committed before this call is on the disk. Rejects with the system's error. */
  sync(): Promise<void> {
    // The one that runs may have begun before the last commit, so that commit waits for the next.
    if (this.#running !== undefined) return (this.#next ??= this.#after(this.#running))
    return this.#begin()
  }

  async close(): Promise<void> {
    await Promise.allSettled([this.#running, this.#next])
    if (this.#file !== undefined) closeSync(this.#file)
    this.#file = undefined
  }

  async #after(running: Promise<void>): Promise<void> {
    await running
    this.#next = undefined
    return this.#begin()
  }

  #begin(): Promise<void> {
    const running = syncFile((this.#file ??= openSync(this.#path, 'r')))
    this.#running = running
    const ended = () => {
      if (this.#running === running) this.#running = undefined
    }
    running.then(ended, ended)
    return running
  }
}

function syncFile(file: number): Promise<void> {
  return new Promise((resolve, reject) => {
    fdatasync(file, (error) => (error === null ? resolve() : reject(error)))
  })
}
