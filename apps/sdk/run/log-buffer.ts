import { unreferenced } from '../http/pauses.ts'
import type { Warn } from '../spool/deliver.ts'
import type { SpooledRequest } from '../spool/spool.ts'

interface Point {
  readonly key: string
  readonly value: number | string
  readonly step: number
  readonly timestampMs: number
}

/** A batch goes out when it is so long, or so old. */
const batchPoints = 1000
const batchAgeMs = 500
/** The server's limits for a key, and for the text of a param or tag. */
const longestKey = 250
const longestText = 100_000
/** Params and tags are sent by so many characters, far below the server's limit for a request. */
const batchCharacters = 1_000_000

/** Collects what a run logs and hands it on in requests of a good size. Nothing of it throws. */
export class LogBuffer {
  readonly #path: string
  readonly #send: (request: SpooledRequest) => void
  readonly #warn: Warn
  readonly #goodKeys = new Set<string>()
  readonly #loggedParams = new Map<string, string>()
  #points: Point[] = []
  #params: Record<string, string> = {}
  #tags: Record<string, string> = {}
  #timer: ReturnType<typeof setTimeout> | undefined
  #nextStep = 0

  constructor(runId: string, send: (request: SpooledRequest) => void, warn: Warn) {
    this.#path = `/runs/${runId}/log`
    this.#send = send
    this.#warn = warn
  }

  /** Points of metrics. Without a step they get the one after the last. */
  metrics(metrics: object, step: number | undefined, timestampMs: number | undefined): void {
    const at = this.#stepOf(step)
    const time = timestampMs !== undefined && Number.isFinite(timestampMs) ? Math.round(timestampMs) : Date.now()
    this.points(metrics, at, time)
  }

  /** Points whose steps are counted elsewhere. */
  points(metrics: object, step: number, timestampMs: number): void {
    for (const [key, value] of Object.entries(metrics)) {
      if (!this.#isKey(key)) continue
      if (typeof value === 'number') this.#points.push({ key, value: wireNumber(value), step, timestampMs })
      else if (value !== undefined)
        this.#warn(
          `metric ${key}`,
          `The metric "${key}" was given ${typeof value} instead of a number, which is left out.`,
        )
    }
    this.#soon()
  }

  params(params: object): void {
    for (const [key, value] of this.#textsOf(params)) {
      const logged = this.#loggedParams.get(key)
      if (logged === undefined) {
        this.#params[key] = value
        this.#loggedParams.set(key, value)
      } else if (logged !== value) {
        const said = `The param "${key}" is "${logged}" and cannot become "${value}": params never change.`
        this.#warn(`param ${key}`, `${said} Log it under another key, or as a tag.`)
      }
    }
    this.#soon()
  }

  tags(tags: object): void {
    for (const [key, value] of this.#textsOf(tags)) this.#tags[key] = value
    this.#soon()
  }

  /** Hands on what was collected. Metrics go apart from params and tags: what is refused takes nothing else with it. */
  seal(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    const [metrics, params, tags] = [this.#points, this.#params, this.#tags]
    this.#points = []
    this.#params = {}
    this.#tags = {}
    this.#sendTexts('params', params)
    this.#sendTexts('tags', tags)
    for (let from = 0; from < metrics.length; from += batchPoints)
      this.#post({ metrics: metrics.slice(from, from + batchPoints) })
  }

  #soon(): void {
    if (this.#points.length >= batchPoints) this.seal()
    else this.#timer ??= unreferenced(setTimeout(() => this.seal(), batchAgeMs))
  }

  #stepOf(given: number | undefined): number {
    if (given !== undefined && !Number.isFinite(given))
      this.#warn('step', `${given} is no step; the one after the last is taken.`)
    const step = given !== undefined && Number.isFinite(given) ? given : this.#nextStep
    this.#nextStep = Math.floor(step) + 1
    return step
  }

  #sendTexts(kind: 'params' | 'tags', values: Readonly<Record<string, string>>): void {
    let [part, characters]: [Record<string, string>, number] = [{}, 0]
    for (const [key, value] of Object.entries(values)) {
      if (characters > 0 && characters + value.length > batchCharacters) {
        this.#post({ [kind]: part })
        part = {}
        characters = 0
      }
      part[key] = value
      characters += key.length + value.length
    }
    if (characters > 0) this.#post({ [kind]: part })
  }

  #post(body: object): void {
    this.#send({ method: 'POST', path: this.#path, body })
  }

  #textsOf(values: object): [string, string][] {
    return Object.entries(values)
      .filter(([key, value]) => value !== undefined && value !== null && this.#isKey(key))
      .map(([key, value]) => [key, textOf(value).slice(0, longestText)])
  }

  /** The server refuses a whole request for one bad key. */
  #isKey(key: string): boolean {
    if (this.#goodKeys.has(key)) return true
    // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
    const isGood = key.length > 0 && key.length <= longestKey && !/[\u0000-\u001f\u007f]/.test(key)
    if (isGood) this.#goodKeys.add(key)
    else
      this.#warn(
        `key ${key.slice(0, longestKey)}`,
        `"${key.slice(0, 80)}" is no key: 1 to 250 characters, none of them a control character.`,
      )
    return isGood
  }
}

/** JSON has no word for NaN and infinities: they go as text. */
function wireNumber(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'bigint' ? value.toString() : (JSON.stringify(value) ?? typeof value)
}
