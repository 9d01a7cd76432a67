import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Answer } from '../journeys/ask.ts'
import { ask, must } from '../journeys/ask.ts'
import type { ServerProcess } from '../journeys/server-process.ts'
import { runCli, startServer } from '../journeys/server-process.ts'
import { checkPromises } from './check-promises.ts'
import type { HastyProxy } from './hasty-proxy.ts'
import { startHastyProxy } from './hasty-proxy.ts'
import type { Ledger } from './ledger.ts'
import { openLedger } from './ledger.ts'
import { seeded } from './seeded.ts'
import type { Step } from './steps.ts'
import { finaleSteps, predictionSteps, predictionsPerRound, prepareSteps, roundSteps } from './steps.ts'

export interface CampaignOptions {
  readonly folder: string
  readonly seed: number
  readonly kills: number
  /** Puts a proxy between that answers before the server has committed: what the campaign has to find. */
  readonly answersBeforeCommit?: boolean
}

/** How a campaign ended. */
export interface CampaignResult {
  readonly kills: number
  readonly killsWithin5MsOfAnAnswer: number
  readonly acknowledged: number
  /** Promises that were not kept; a campaign ends at the first restart that finds one. */
  readonly broken: readonly string[]
  /** What is there at the end; undefined where something was broken. */
  readonly end?: Record<string, number>
}

/** What a campaign must end with, as if nothing had happened. */
export function expectedEnd(kills: number): Record<string, number> {
  const rounds = roundsFor(kills)
  // The last version comes by the rollout at the end.
  return {
    users: 1,
    runs: rounds + 1,
    versions: rounds + 1,
    champion: rounds + 1,
    labels: rounds * predictionsPerRound,
  }
}

/** Drives the loop through the public API while the server is killed at seeded moments; reads every promise back after each. */
export async function runCampaign(options: CampaignOptions): Promise<CampaignResult> {
  const campaign = new Campaign(options)
  try {
    return await campaign.run()
  } finally {
    await campaign.close()
  }
}

/** Enough rounds for the kills: a round has some fifteen answers, and there are some seven between two kills. */
function roundsFor(kills: number): number {
  return Math.ceil(kills / 2) + 1
}

class Campaign {
  readonly #options: CampaignOptions
  readonly #dataDir: string
  readonly #ledger: Ledger
  readonly #random: () => number
  readonly #known = new Map<string, string>()
  #server: ServerProcess | undefined
  #proxy: HastyProxy | undefined
  #killing: Promise<void> | undefined
  #kills = 0
  #afterAnswer = 0
  #answersToGo = 0
  #sent = 0

  constructor(options: CampaignOptions) {
    this.#options = options
    this.#dataDir = join(options.folder, 'data')
    this.#ledger = openLedger(join(options.folder, 'acknowledged.jsonl'))
    this.#random = seeded(options.seed)
    this.#answersToGo = this.#nextGap()
  }

  async run(): Promise<CampaignResult> {
    await this.#start()
    const broken = (await this.#takeAll()) ?? (await this.#restart('SIGTERM'))
    return broken.length > 0 ? { ...this.#counts(), broken } : { ...this.#counts(), broken, end: await this.#end() }
  }

  /** Takes the whole loop; gives the promises that were broken on the way. */
  async #takeAll(): Promise<string[] | undefined> {
    const rounds = roundsFor(this.#options.kills)
    const loop = Array.from({ length: rounds }, (_, index) => roundSteps(index + 1)).flat()
    for (const step of [...prepareSteps(), ...loop, ...finaleSteps(rounds + 1)]) {
      const broken = await this.#take(step)
      if (broken.length > 0) return broken
    }
    const rollout = `/rollouts/${this.#known.get('rollout') ?? ''}`
    for (let index = 0; index < 1000; index += 1) {
      for (const step of predictionSteps(rounds + 1, index)) await this.#take(step)
      const { state } = await must<{ state: string }>(this.#server?.url ?? '', 'GET', rollout)
      if (state === 'promoted') return undefined
      await sleep(20)
    }
    throw new Error('The rollout was not promoted by a thousand predictions.')
  }

  async close(): Promise<void> {
    await this.#killing
    await this.#proxy?.close()
    await this.#server?.kill()
    this.#ledger.close()
  }

  /** Sends one request, again after a crash, until it is acknowledged; gives the promises that a restart found broken. */
  async #take(step: Step): Promise<string[]> {
    for (;;) {
      this.#perhapsKillDuring()
      const answer = await this.#send(step)
      if (answer !== undefined) {
        const promised = step.promises(answer.json<Record<string, unknown>>(), this.#known)
        this.#ledger.keep({ key: step.key, ...promised })
        this.#known.set(step.key, promised.id)
        this.#perhapsKillAfter()
        return []
      }
      const broken = await this.#restart('SIGKILL')
      if (broken.length > 0) return broken
    }
  }

  /** The answer, or undefined when the crash cut it off. Anything else ends the campaign. */
  async #send(step: Step): Promise<Answer | undefined> {
    let answer = await this.#sendOnce(step)
    // A data plane that has just been started again says so, or does not know the endpoint yet: late, but nothing is lost.
    for (let patience = 0; isNotYetServed(answer) && patience < 200; patience += 1) {
      await sleep(50)
      answer = await this.#sendOnce(step)
    }
    if (answer === undefined || answer.status < 300) return answer
    if (this.#killing !== undefined) return undefined
    throw new Error(`${step.key} was answered ${answer.status}: ${answer.text}`)
  }

  async #sendOnce({ key, method, path, body }: Step): Promise<Answer | undefined> {
    this.#sent += 1
    const url = this.#proxy?.url ?? this.#server?.url ?? ''
    const headers = { 'idempotency-key': key }
    return ask(url, method, path(this.#known), body?.(this.#known), headers).catch(() => undefined)
  }

  async #start(): Promise<void> {
    this.#server = await startServer(this.#dataDir)
    if (this.#options.answersBeforeCommit === true) this.#proxy = await startHastyProxy(this.#server.url)
  }

  /** Starts the server again after its end, and reads every promise back. */
  async #restart(how: 'SIGKILL' | 'SIGTERM'): Promise<string[]> {
    if (how === 'SIGKILL' && this.#killing === undefined) throw new Error('The server went away by itself.')
    await this.#ended()
    const chain = this.#kills % 3 === 0 || how === 'SIGTERM' ? await this.#verifyOffline() : []
    await this.#start()
    return [...chain, ...(await this.#checkAll(this.#server?.url ?? ''))]
  }

  async #ended(): Promise<void> {
    await this.#killing
    this.#killing = undefined
    await this.#proxy?.close()
    await this.#server?.stop()
  }

  async #checkAll(url: string): Promise<string[]> {
    const broken = await checkPromises(url, this.#ledger.entries())
    const { ok } = await must<{ ok: boolean }>(url, 'GET', '/audit/verification')
    return ok ? broken : [...broken, 'the audit chain is broken, says the server']
  }

  /** What `millrace audit verify` says of the files of a dead server when the chain is broken; else nothing. */
  async #verifyOffline(): Promise<string[]> {
    const { code, output } = await runCli('', 'audit', 'verify', '--data-dir', this.#dataDir)
    return code === 0 ? [] : [output]
  }

  /** Every second kill falls while a request is under way … */
  #perhapsKillDuring(): void {
    if (this.#kills % 2 === 1 && this.#mayKill()) this.#kill(this.#random() * 30)
  }

  /** … and the others within five milliseconds of an answer. */
  #perhapsKillAfter(): void {
    this.#answersToGo -= 1
    if (this.#kills % 2 === 1 || !this.#mayKill()) return
    this.#afterAnswer += 1
    this.#kill(this.#random() * 5)
  }

  #mayKill(): boolean {
    return this.#answersToGo <= 0 && this.#killing === undefined && this.#kills < this.#options.kills
  }

  #kill(afterMs: number): void {
    const server = this.#server
    this.#kills += 1
    this.#answersToGo = this.#nextGap()
    this.#killing = sleep(afterMs).then(() => server?.kill())
  }

  #nextGap(): number {
    return 2 + Math.floor(this.#random() * 9)
  }

  #counts() {
    const acknowledged = this.#ledger.entries().length
    return { kills: this.#kills, killsWithin5MsOfAnAnswer: this.#afterAnswer, acknowledged }
  }

  async #end(): Promise<Record<string, number>> {
    const url = this.#server?.url ?? ''
    const list = async (path: string) => (await must<{ items: unknown[] }>(url, 'GET', path)).items.length
    const runs = await must<{ items: unknown[] }>(url, 'POST', '/runs/search', { experiments: ['crash'], limit: 500 })
    const { aliases } = await must<{ aliases: Record<string, number> }>(url, 'GET', '/models/tiny')
    const { count } = await must<{ count: number }>(url, 'GET', '/prediction-counts?endpoint=tiny')
    const last = `${roundsFor(this.#options.kills) + 1} `
    const labels = this.#ledger.entries().filter(({ kind, key }) => kind === 'label' && !key.startsWith(last)).length
    if (count < labels || count > this.#sent)
      throw new Error(`${count} predictions are logged; ${labels} were promised.`)
    return {
      users: await list('/users'),
      runs: runs.items.length,
      versions: await list('/models/tiny/versions?limit=500'),
      champion: aliases['champion'] ?? 0,
      labels,
    }
  }
}

function isNotYetServed(answer: Answer | undefined): boolean {
  return answer?.status === 503 || (answer?.status === 404 && answer.text.includes('plane/unknown-endpoint'))
}
