import { setTimeout as sleep } from 'node:timers/promises'
import { ask, must } from '../../journeys/ask.ts'
import { auditCounts } from '../check-promises.ts'
import { seeded } from '../seeded.ts'
import type { RunDocument } from './check-writer.ts'
import { checkWriter, documentFaults } from './check-writer.ts'
import { experimentName } from './run-operations.ts'
import type { ServersOptions } from './servers.ts'
import { Servers } from './servers.ts'
import { Writer } from './writer.ts'

export interface WritersOptions extends ServersOptions {
  readonly seed: number
  readonly writers: number
  readonly kills: number
  /** Resolves when the database has ended what a killed server had begun. */
  readonly settled?: (() => Promise<void>) | undefined
  /** Damages the stopped store before the last check: what the campaign has to find. */
  readonly damage?: ((dataDir: string) => void) | undefined
}

/** How a campaign ended. */
export interface WritersResult {
  readonly kills: number
  readonly acknowledged: number
  /** Answers that a kill cut off, each looked after. */
  readonly lostAnswers: number
  /** Writes that were answered "later" with 503. */
  readonly putOff: number
  readonly runs: number
  readonly points: number
  /** Promises that were not kept; a campaign ends at the first restart that finds one. */
  readonly broken: readonly string[]
}

/** Lets writers write while servers are killed at seeded moments, and reads back after each kill what was acknowledged. */
export async function runWriters(options: WritersOptions): Promise<WritersResult> {
  const servers = await Servers.start(options)
  const campaign = new WritersCampaign(options, servers, await createExperiment(servers.url(0)))
  try {
    return await campaign.run()
  } finally {
    await servers.stop()
  }
}

async function createExperiment(url: string): Promise<string> {
  const { experiment_id: id } = await must<{ experiment_id: string }>(
    url,
    'POST',
    '//api/2.0/mlflow/experiments/create',
    { name: experimentName },
  )
  return id
}

class WritersCampaign {
  readonly #options: WritersOptions
  readonly #servers: Servers
  readonly #writers: readonly Writer[]
  readonly #experiment: string
  readonly #random: () => number
  #kills = 0
  #lostAnswers = 0

  constructor(options: WritersOptions, servers: Servers, experiment: string) {
    this.#options = options
    this.#servers = servers
    this.#experiment = experiment
    this.#random = seeded(options.seed)
    this.#writers = Array.from({ length: options.writers }, (_writer, at) => new Writer(at, experiment, options.seed))
  }

  async run(): Promise<WritersResult> {
    await Promise.all(this.#writers.map((writer, at) => writer.prepare(this.#servers.url(at))))
    while (this.#kills < this.#options.kills) {
      const broken = await this.#round()
      if (broken.length > 0) return this.#result(broken)
    }
    await this.#damage()
    return this.#result(await this.#checkAll())
  }

  async #damage(): Promise<void> {
    const { damage } = this.#options
    if (damage === undefined) return
    await this.#servers.kill(0)
    damage(this.#servers.dataDir(0))
    await this.#servers.restart(0)
  }

  /** Writes, a kill in the middle of it, a restart, and the check of what was written. */
  async #round(): Promise<string[]> {
    const state = { ended: false }
    const round = this.#kills
    const writing = this.#writers.map((writer, at) => this.#write(writer, at + round, () => state.ended))
    await sleep(200 + this.#random() * 1000)
    const victim = Math.floor(this.#random() * this.#servers.count)
    await this.#servers.kill(victim)
    this.#kills += 1
    // Where there are other servers, they go on for a while.
    if (this.#servers.count > 1) await sleep(200)
    state.ended = true
    const broken = (await Promise.all(writing)).flat()
    if (this.#kills % 10 === 0 && this.#servers.count === 1) broken.push(...(await this.#servers.verifyOffline()))
    await this.#options.settled?.()
    await this.#servers.restart(victim)
    broken.push(...(await this.#look()))
    return broken
  }

  /** One writer's round. With several servers, who loses an answer asks another one about it and goes on there. */
  async #write(writer: Writer, at: number, ended: () => boolean): Promise<string[]> {
    const broken: string[] = []
    for (let server = at; ; server += 1) {
      await writer.writeUntil(ended, this.#servers.url(server))
      if (!writer.hasLostAnswer) return broken
      this.#lostAnswers += 1
      if (this.#servers.count === 1) return broken
      await this.#options.settled?.()
      broken.push(...(await writer.resolve(this.#servers.url(server + 1))))
      if (ended()) return broken
    }
  }

  /** Looks after lost answers, and at everything that was written in this round. */
  async #look(): Promise<string[]> {
    const url = this.#servers.url(Math.floor(this.#random() * this.#servers.count))
    const unclear = await Promise.all(this.#writers.map((writer) => writer.resolve(url)))
    const broken = await Promise.all(
      this.#writers.map(async (writer) => {
        const earlier = writer.runs[Math.floor(this.#random() * writer.runs.length)]
        const looked = new Set([...writer.touched, ...(earlier === undefined ? [] : [earlier])])
        writer.touched.clear()
        return checkWriter(url, writer, looked)
      }),
    )
    return [...unclear.flat(), ...broken.flat(), ...(await auditFaults(url))]
  }

  /** Everything at the end: each run, the list of all runs, and one audit record for each that was made. */
  async #checkAll(): Promise<string[]> {
    const url = this.#servers.url(0)
    const broken = await Promise.all(this.#writers.map((writer) => checkWriter(url, writer, writer.runs)))
    const runs = new Map(this.#writers.flatMap((writer) => writer.runs).map((run) => [run.id, run]))
    const documents = await allDocuments(url, this.#experiment)
    const found = documents.flatMap((document) => {
      const run = runs.get(document.info.run_id)
      return run === undefined
        ? [`run ${document.info.run_name} was never acknowledged`]
        : documentFaults(run, document)
    })
    const count = documents.length === runs.size ? [] : [`the list has ${documents.length} runs of ${runs.size}`]
    const audit = await auditCounts(url)
    const records = [...runs.keys()].flatMap((id) => {
      const times = audit.get(`experiment-tracking.create-run ${id}`) ?? 0
      return times === 1 ? [] : [`run ${id} has ${times} audit records of its making`]
    })
    return [...broken.flat(), ...found, ...count, ...records, ...(await auditFaults(url))]
  }

  #result(broken: readonly string[]): WritersResult {
    const runs = this.#writers.flatMap((writer) => writer.runs)
    const points = runs.reduce(
      (sum, run) => sum + [...run.points.values()].reduce((of, steps) => of + steps.size, 0),
      0,
    )
    const sum = (of: (writer: Writer) => number) => this.#writers.reduce((total, writer) => total + of(writer), 0)
    return {
      kills: this.#kills,
      acknowledged: sum((writer) => writer.acknowledged),
      lostAnswers: this.#lostAnswers,
      putOff: sum((writer) => writer.putOff),
      runs: runs.length,
      points,
      broken: broken.slice(0, 20),
    }
  }
}

async function auditFaults(url: string): Promise<string[]> {
  const verdict = await ask(url, 'GET', '/audit/verification')
  return verdict.status === 200 && verdict.json<{ ok: boolean }>().ok ? [] : [`audit: ${verdict.text.slice(0, 500)}`]
}

async function allDocuments(url: string, experiment: string): Promise<RunDocument[]> {
  const documents: RunDocument[] = []
  let token: string | undefined
  do {
    const body = {
      experiment_ids: [experiment],
      max_results: 1000,
      ...(token === undefined ? {} : { page_token: token }),
    }
    const page = await must<{ runs?: RunDocument[]; next_page_token?: string }>(
      url,
      'POST',
      '//api/2.0/mlflow/runs/search',
      body,
    )
    documents.push(...(page.runs ?? []))
    token = page.next_page_token
  } while (token !== undefined)
  return documents
}
