/** Lets the event loop do what else there is, between portions of a long piece of work. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
