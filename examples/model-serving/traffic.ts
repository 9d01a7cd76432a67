import type { ApiClient } from '@millrace/terminal'
import type { Flight } from './flights.ts'

const rowsPerRequest = 50
const callers = 4
const picks = 10

interface Answer {
  readonly id: string
  readonly predictions: readonly { readonly outputs: { readonly late: readonly number[] | number } }[]
}

/** Flights that are asked about in the order they come, each once. */
export class Traffic {
  readonly #api: ApiClient
  readonly #endpoint: string
  readonly #flights: readonly Flight[]
  #at = 0
  requests = 0

  constructor(api: ApiClient, endpoint: string, flights: readonly Flight[]) {
    this.#api = api
    this.#endpoint = endpoint
    this.#flights = flights
  }

  /** Sends so many requests, then says what became of each flight. */
  async send(requests: number): Promise<void> {
    const batches = Array.from({ length: requests }, () => this.#next()).filter((flights) => flights.length > 0)
    if (batches.length === 0) throw new Error('There are no more flights; the server did not decide by them.')
    const answered: { readonly flights: readonly Flight[]; readonly answer: Answer }[] = []
    const ask = async () => {
      for (let flights = batches.pop(); flights !== undefined; flights = batches.pop()) {
        const rows = flights.map(({ time, distance }) => ({ time, distance }))
        const answer = await this.#api.post<Answer>(`/endpoints/${this.#endpoint}/predict`, { rows })
        answered.push({ flights, answer })
      }
    }
    await Promise.all(Array.from({ length: callers }, ask))
    this.requests += answered.length
    // The flights have landed: which were late is ground truth, and how good the picks were is feedback.
    await this.#api.post(`/endpoints/${this.#endpoint}/ground-truth`, {
      batches: answered.map(({ flights, answer }) => ({ id: answer.id, values: flights.map(({ late }) => late) })),
    })
    await this.#api.post(`/endpoints/${this.#endpoint}/feedback`, {
      items: answered.map(({ flights, answer }) => ({ id: answer.id, name: 'hits', value: hits(flights, answer) })),
    })
  }

  #next(): readonly Flight[] {
    const flights = this.#flights.slice(this.#at, this.#at + rowsPerRequest)
    this.#at += flights.length
    return flights
  }
}

/** Of the ten flights of fifty that the model finds likeliest to be late: the share that was. */
function hits(flights: readonly Flight[], { predictions }: Answer): number {
  const scored = predictions.map(({ outputs: { late } }, at) => ({
    score: typeof late === 'number' ? late : (late[0] ?? 0),
    late: flights[at]?.late ?? 0,
  }))
  const picked = scored.toSorted((one, other) => other.score - one.score).slice(0, picks)
  return picked.reduce((sum, { late }) => sum + late, 0) / picked.length
}
