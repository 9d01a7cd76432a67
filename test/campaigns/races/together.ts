import type { Answer, Ask, Sent } from '../../journeys/ask.ts'
import { connectAsk } from '../../journeys/ask.ts'

/** Clients that race: each with a connection of its own, spread over the servers. */
export interface Racers {
  /** Sends one request from each client at the same moment. */
  together(
    request: (client: number) => readonly [method: string, path: string, body?: Sent, headers?: Record<string, string>],
  ): Promise<Answer[]>
  /** Sends one request that must succeed. */
  must<T>(method: string, path: string, body?: Sent): Promise<T>
  get(path: string): Promise<Answer>
}

/** Makes so many racers. Their connections are open before the first race. */
export async function connectRacers(urls: readonly string[], count: number): Promise<Racers> {
  const asks: readonly Ask[] = Array.from({ length: count }, () => connectAsk(1))
  const urlOf = (client: number) => urls[client % urls.length] ?? ''
  await Promise.all(asks.map((ask, client) => ask(urlOf(client), 'GET', '//health')))
  let next = 0
  const one = (method: string, path: string, body?: Sent) => {
    next = (next + 1) % count
    return (asks[next] ?? connectAsk(1))(urlOf(next), method, path, body)
  }
  return {
    together: (request) =>
      Promise.all(
        asks.map((ask, client) => {
          const [method, path, body, headers] = request(client)
          return ask(urlOf(client), method, path, body, headers)
        }),
      ),
    must: async <T>(method: string, path: string, body?: Sent) => {
      const answer = await one(method, path, body)
      if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`)
      return answer.json<T>()
    },
    get: (path) => one('GET', path),
  }
}

/** How many were answered with each status, `200:1 400:7`. */
export function tally(answers: readonly Answer[]): string {
  const counts = Map.groupBy(answers, ({ status }) => status)
  return [...counts]
    .toSorted(([a], [b]) => a - b)
    .map(([status, of]) => `${status}:${of.length}`)
    .join(' ')
}

/** Which client's request was done; -1 where none was. */
export function winnerOf(answers: readonly Answer[]): number {
  return answers.findIndex(({ status }) => status < 300)
}

/** A fault unless exactly one was done and all others with the status and a text that says why. */
export function oneWins(answers: readonly Answer[], status: number, why: RegExp): string[] {
  const done = answers.filter((answer) => answer.status < 300).length
  const refused = answers.filter((answer) => answer.status === status).length
  if (done !== 1 || done + refused !== answers.length)
    return [`${tally(answers)} instead of one winner and ${status}: ${firstStrange(answers, [200, 201, status])}`]
  return answers.filter((answer) => answer.status === status && !why.test(answer.text)).map(({ text }) => text)
}

/** A fault for each answer whose status is none of these. */
export function onlyStatuses(answers: readonly Answer[], ...statuses: readonly number[]): string[] {
  return answers.some(({ status }) => !statuses.includes(status))
    ? [`${tally(answers)}: ${firstStrange(answers, statuses)}`]
    : []
}

function firstStrange(answers: readonly Answer[], statuses: readonly number[]): string {
  const strange = answers.find(({ status }) => !statuses.includes(status)) ?? answers[0]
  return strange?.text.slice(0, 300) ?? ''
}

/** A fault unless it holds. */
export function holds(condition: boolean, otherwise: string): string[] {
  return condition ? [] : [otherwise]
}
