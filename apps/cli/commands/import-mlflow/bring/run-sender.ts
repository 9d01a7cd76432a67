import { Problem } from '@millrace/contract'
import type { RunPoints, SourceRun } from '../source.ts'
import type { Placed } from './bring-experiments.ts'
import type { Importing } from './importing.ts'

/** Of one request: few enough to be one short transaction. */
const mostCharacters = 1_000_000
const mostRuns = 200
/** About as many as a point takes as JSON. */
const charactersPerPoint = 50
const mostAtOnce = 4

interface Message {
  readonly id: string
  readonly points: number
  /** How long its params and tags are together: some runs carry megabytes. */
  readonly textCharacters: number
  readonly body: unknown
}

interface Answer {
  readonly items: readonly { readonly id: string; readonly outcome: 'made' | 'changed' | 'same' | 'taken' }[]
}

/** Sends runs, many in a request and some requests at a time. */
export class RunSender {
  readonly #importing: Importing
  readonly #underway = new Set<Promise<void>>()
  #waiting: Message[] = []
  #characters = 0
  /** Ids of runs that could not be taken. */
  readonly refused = new Set<string>()
  /** Runs that were counted: a large one comes in parts. */
  readonly #counted = new Set<string>()

  constructor(importing: Importing) {
    this.#importing = importing
  }

  /** Sends a run with some of its points; `state` is empty where more of it comes. */
  async add(message: Message): Promise<void> {
    // Two parts of one run never go together: the later one says that the run is whole.
    if (this.#waiting.some(({ id }) => id === message.id)) await this.flush()
    this.#waiting.push(message)
    this.#characters += message.points * charactersPerPoint + message.textCharacters
    if (this.#characters < mostCharacters && this.#waiting.length < mostRuns) return
    this.#start()
    while (this.#underway.size >= mostAtOnce) await Promise.race(this.#underway)
  }

  /** Resolves when everything that was added is stored. */
  async flush(): Promise<void> {
    this.#start()
    while (this.#underway.size > 0) await Promise.all(this.#underway)
  }

  #start(): void {
    const messages = this.#waiting
    if (messages.length === 0) return
    this.#waiting = []
    this.#characters = 0
    const sent = this.#send(messages).finally(() => this.#underway.delete(sent))
    // A failure is thrown by whoever waits for it next.
    sent.catch(() => undefined)
    this.#underway.add(sent)
  }

  async #send(messages: readonly Message[]): Promise<void> {
    const { api, source } = this.#importing
    try {
      const answer = await api.post<Answer>('/imports/runs', {
        source: source.name,
        runs: messages.map(({ body }) => body),
      })
      this.#count(messages, answer)
    } catch (error) {
      if (!(error instanceof Problem) || error.status !== 400) throw error
      // Something in one of them cannot be taken: each alone shows which.
      if (messages.length === 1) this.#refuse(messages[0]?.id ?? '', error.message)
      else for (const message of messages) await this.#send([message])
    }
  }

  #refuse(id: string, reason: string): void {
    this.refused.add(id)
    this.#importing.report.leave('run', id, reason)
  }

  #count(messages: readonly Message[], { items }: Answer): void {
    const { report } = this.#importing
    for (const [place, { id, outcome }] of items.entries()) {
      if (outcome === 'taken') {
        if (!this.refused.has(id)) this.#refuse(id, 'a run with this id is here, and did not come from this source')
        continue
      }
      if (!this.#counted.has(id)) report.count('runs', outcome)
      this.#counted.add(id)
      report.count('metric points', 'made', messages[place]?.points ?? 0)
    }
  }
}

/** A run as the server takes it. */
export function runMessage(
  run: SourceRun,
  { number }: Placed,
  rest: { readonly points: RunPoints | undefined; readonly state: string; readonly deletedAtMs: number | null },
): Message {
  const { id, name, status, startedAtMs, endedAtMs, user, params, tags, data, models } = run
  const { points, state, deletedAtMs } = rest
  return {
    id,
    points: points?.points ?? 0,
    textCharacters: lengthOf(params) + lengthOf(tags),
    body: {
      id,
      experiment: number,
      name,
      status,
      startedAtMs,
      endedAtMs,
      createdBy: user,
      createdAtMs: startedAtMs ?? 0,
      parentRunId: tags['mlflow.parentRunId'] ?? null,
      deletedAtMs,
      params,
      tags,
      data,
      models,
      state,
      metrics: points?.series ?? [],
    },
  }
}

function lengthOf(texts: Readonly<Record<string, string>>): number {
  return Object.entries(texts).reduce((sum, [key, text]) => sum + key.length + text.length, 0)
}
