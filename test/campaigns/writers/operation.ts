import type { Answer, Ask } from '../../journeys/ask.ts'

/** One write that is asked for, and what its answer or its loss means. */
export interface Operation {
  readonly what: string
  /** Sends it once. */
  send(ask: Ask, url: string): Promise<Answer>
  /** It was acknowledged: it must be there from now on, once. */
  accept(answer: Answer): void
  /**
   * Its answer was lost. Finds out whether it happened, and takes it as acknowledged where it did: what was there once
   * must stay. Gives a sentence where it happened by half, or twice.
   */
  resolve(ask: Ask, url: string): Promise<string | undefined>
}

/** Reads JSON that must be there. */
export async function read<T>(ask: Ask, url: string, path: string): Promise<T> {
  const answer = await ask(url, 'GET', path)
  if (answer.status !== 200) throw new Error(`GET ${path} answered ${answer.status}: ${answer.text}`)
  return answer.json<T>()
}
