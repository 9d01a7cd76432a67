/**
 * Lets one run at a time compute on this process's loop, in turn: while it does, the rows of the others gather, so that two
 * deployments that share an endpoint's traffic run half as often with twice the rows, and together cost what one does.
 */
export class LoopTurn {
  #taken = false
  readonly #line = new Set<() => void>()

  /** True when it is the caller's turn, until `give`; else `again` is called when it may be. */
  take(again: () => void): boolean {
    if (this.#taken) {
      this.#line.add(again)
      return false
    }
    this.#taken = true
    return true
  }

  give(): void {
    this.#taken = false
    const [next] = this.#line
    if (next === undefined) return
    this.#line.delete(next)
    next()
    // It may have had nothing to run any more.
    if (!this.#taken) this.give()
  }
}
