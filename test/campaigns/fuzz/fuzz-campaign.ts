import { ask, must } from '../../journeys/ask.ts'
import { memoryMib } from '../process-memory.ts'
import { seeded } from '../seeded.ts'
import type { FuzzRequest, Known } from './compose-request.ts'
import { composeRequest } from './compose-request.ts'
import { rawRequest } from './raw-requests.ts'
import type { Outcome } from './send-request.ts'
import { createSender, sendRaw } from './send-request.ts'
import type { Target } from './targets.ts'
import { targetsOf } from './targets.ts'

export interface FuzzOptions {
  readonly url: string
  readonly pid: number
  readonly seed: number
  readonly requests: number
}

/** What a fuzzer found. */
export interface FuzzResult {
  readonly sent: number
  readonly targets: number
  /** Answers by their status; `none` are connections that ended without one, as half a request's do. */
  readonly answers: Readonly<Record<string, number>>
  readonly slowestMs: number
  /** Of the server and its children, after each tenth. */
  readonly memoryMib: readonly number[]
  /** One line for each kind of answer that nobody should get. */
  readonly faults: readonly string[]
}

const atOnce = 8

/** Sends malformed requests to every address in turn, and watches the answers and the server's memory. */
export async function runFuzz(options: FuzzOptions): Promise<FuzzResult> {
  const { url, requests } = options
  const known = await prepare(url)
  const fuzz = new Fuzz(options, await targetsOf(url), known)
  const memory: number[] = []
  for (let tenth = 0; tenth < 10; tenth += 1) {
    await fuzz.send(Math.ceil(requests / 10))
    memory.push(Math.round(memoryMib(options.pid)))
  }
  return { ...fuzz.result(), memoryMib: memory }
}

/** Makes one of each that requests can name, and one experiment that none of them does. */
async function prepare(url: string): Promise<Known> {
  await must(url, 'PUT', '/experiments/untouched', { tags: { kept: 'yes' } })
  await must(url, 'PUT', '/experiments/e', {})
  const { id: run, experimentId } = await must<{ id: string; experimentId: string }>(url, 'POST', '/runs', {
    experiment: 'e',
  })
  await must(url, 'POST', `/runs/${run}/log`, {
    metrics: [{ key: 'loss', value: 1 }],
    params: { p: '1' },
    tags: { t: 'x' },
  })
  await must(url, 'PUT', `/runs/${run}/artifacts/a.txt`, Buffer.from('a'))
  await must(url, 'PUT', '/models/m', {})
  await must(url, 'PUT', '/datasets/d', {})
  const version = { name: 'm', source: `runs:/${run}/model`, run_id: run }
  await must(url, 'POST', '//api/2.0/mlflow/model-versions/create', version)
  const { items } = await must<{ items: { id: string }[] }>(url, 'GET', '/models/m/versions')
  await must(url, 'POST', '/traces', { id: 'tr-1', experimentId, state: 'ok', startedAtMs: 1_760_000_000_000 })
  const versionId = items[0]?.id ?? ''
  const names = {
    workspace: 'default',
    name: 'm',
    model: 'm',
    key: 'loss',
    metric_key: 'loss',
    path: 'a.txt',
    alias: 'champion',
  }
  const runs = { id: run, run_id: run, run_uuid: run, runId: run, run_ids: run, kind: 'run', source_run_id: run }
  const experiments = {
    experiment: 'e',
    experiment_id: experimentId,
    experimentId,
    experiment_ids: experimentId,
    experiment_name: 'e',
  }
  const others = { trace_id: 'tr-1', request_id: 'tr-1', versionId, version: '1', keys: 'loss', metric: 'loss' }
  const byPlace = { 'datasets/name': 'd', 'experiments/name': 'e', 'traces/id': 'tr-1', 'model-versions/id': versionId }
  const words = { filter: 'metrics.loss > 0', query: 'metrics.loss > 0', status: 'FINISHED', direction: 'minimize' }
  return { ...names, ...runs, ...experiments, ...others, ...byPlace, ...words }
}

class Fuzz {
  readonly #options: FuzzOptions
  readonly #targets: readonly Target[]
  readonly #known: Known
  readonly #random: () => number
  readonly #sendRequest: (sent: FuzzRequest) => Promise<Outcome>
  readonly #answers: Record<string, number> = {}
  readonly #faults = new Map<string, string>()
  #sent = 0
  #slowestMs = 0

  constructor(options: FuzzOptions, targets: readonly Target[], known: Known) {
    this.#options = options
    this.#targets = targets
    this.#known = known
    this.#random = seeded(options.seed)
    this.#sendRequest = createSender(options.url, atOnce)
  }

  async send(count: number): Promise<void> {
    const until = this.#sent + count
    const one = async () => {
      while (this.#sent < until) {
        this.#sent += 1
        await this.#next(this.#sent)
      }
    }
    await Promise.all(Array.from({ length: atOnce }, one))
  }

  result() {
    const [sent, targets] = [this.#sent, this.#targets.length]
    const answers = Object.fromEntries(Object.entries(this.#answers).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    return { sent, targets, answers, slowestMs: Math.round(this.#slowestMs), faults: [...this.#faults.values()] }
  }

  async #next(number: number): Promise<void> {
    const { url } = this.#options
    if (number % 500 === 0) await this.#lookAlive(number)
    if (this.#random() < 0.03) {
      const bytes = rawRequest(new URL(url).host, this.#random)
      this.#judge(
        number,
        `raw ${JSON.stringify(bytes.toString('latin1').slice(0, 200))}`,
        await sendRaw(url, bytes),
        true,
      )
      return
    }
    const target = this.#targets[number % this.#targets.length]
    if (target === undefined) return
    const sent = composeRequest(target, this.#known, this.#random)
    const outcome = await this.#sendRequest(sent)
    this.#judge(number, `${target.method} ${target.path}\n  ${lineOf(sent)}`, outcome, false)
  }

  #judge(number: number, what: string, { status, text, tookMs }: Outcome, isRaw: boolean): void {
    const said = status <= 0 ? 'none' : String(status)
    this.#answers[said] = (this.#answers[said] ?? 0) + 1
    if (!isRaw) this.#slowestMs = Math.max(this.#slowestMs, tookMs)
    if (!isFault(status, text, isRaw)) return
    const kind = `${what.split('\n')[0] ?? ''} ${status} ${text.replaceAll(/req_\w+|[0-9a-f]{32}/g, '').slice(0, 150)}`
    if (!this.#faults.has(kind)) this.#faults.set(kind, `#${number} ${what}\n  → ${status} ${text.slice(0, 600)}`)
  }

  /** What nothing names must be as it was, and a plain request be answered. */
  async #lookAlive(number: number): Promise<void> {
    const answer = await ask(this.#options.url, 'GET', '/experiments/untouched').catch((error: unknown) => error)
    const said = answer instanceof Error ? answer.message : (answer as { text: string }).text
    if (!said.includes('"kept":"yes"')) this.#faults.set('untouched', `#${number} the untouched experiment: ${said}`)
  }
}

/** 503 says "later" and 501 "not here"; both are a sentence, and anything else from 500 on is ours to mend. */
function isFault(status: number, text: string, isRaw: boolean): boolean {
  if (status <= 0) return !isRaw
  if (status < 500) return /\bat \S+ \(?file:\/\/|\/apps\/server\/|SQLITE_|node:internal/.test(text)
  return !((status === 501 || status === 503) && /"(detail|message)":"[A-Z].{20}/.test(text))
}

function lineOf({ method, path, headers, body }: FuzzRequest): string {
  return `${method} ${path.slice(0, 500)} ${JSON.stringify(headers).slice(0, 300)} ${JSON.stringify(body.toString('latin1', 0, 1000))}`
}

/** Lines of a log that are not one JSON object each. */
export function brokenLogLines(log: string): string[] {
  return log.split('\n').filter((line) => line !== '' && !isJsonObject(line))
}

function isJsonObject(line: string): boolean {
  try {
    return typeof JSON.parse(line) === 'object'
  } catch {
    return false
  }
}
