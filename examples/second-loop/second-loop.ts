import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { ApiClient } from '@millrace/terminal'
import { createClient } from '@millrace/terminal'
import { millrace, startServer } from './millrace.ts'
import type { StationHour } from './world.ts'
import { changeDay, dayMs, firstDayMs, readHours, writeWorld } from './world.ts'

/** One thing that the loop decided, and why. */
export interface Decision {
  readonly decided: string
  readonly because: string
}

interface Release {
  readonly id: string
  readonly state: string
  readonly outcome: string | null
  readonly sentence: string
  readonly versionId: string | null
  readonly approvalId: string | null
}

interface Loop {
  readonly url: string
  readonly api: ApiClient
  readonly world: string
  readonly answers: Map<number, number>
  readonly decide: (decided: string, because: string) => void
}

const name = 'empty-stations'
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** Closes the loop once on a fresh server in `dataDir`; `say` hears each decision as it falls. */
export async function secondLoop(dataDir: string, say: (decision: Decision) => void): Promise<Decision[]> {
  const server = await startServer(join(dataDir, 'server'))
  const decisions: Decision[] = []
  const decide = (decided: string, because: string) => {
    decisions.push({ decided, because })
    say({ decided, because })
  }
  const api = createClient({ url: server.url, workspace: 'default' })
  const loop = {
    url: server.url,
    api,
    world: join(dataDir, 'stations.parquet'),
    answers: new Map<number, number>(),
    decide,
  }
  try {
    await firstVersion(loop)
    const known = await untilAlert(loop)
    await promoteBetter(loop, known)
    await refuseWorse(loop)
    await prove(loop)
    return decisions
  } finally {
    await server.stop()
  }
}

async function firstVersion({ url, api, world, decide }: Loop): Promise<void> {
  await millrace(url, 'apply', '--file', file('loop.yaml'))
  await writeWorld(world)
  await millrace(url, 'data', 'add', 'stations', world, '--version', 'all', '--time-column', 'date')
  await split(url, 'stations-training', 'first', 0, 30)
  await split(url, 'stations-holdout', 'first', 30, 35)
  const { id } = await api.post<Release>('/releases', { policy: name, reason: 'first model' })
  const release = await follow(api, id, 'live')
  await millrace(url, 'apply', '--file', file('monitors.yaml'))
  decide('version 1 live', await evidenceOf(api, release))
}

/** Live traffic while the world changes; gives the releases known before the alert. */
async function untilAlert(loop: Loop): Promise<ReadonlySet<string>> {
  const { url, api, decide } = loop
  await traffic(loop, changeDay - 5, changeDay, 20)
  // As a nightly job would: what has happened becomes data to train on and to judge by.
  await split(url, 'stations-training', 'second', changeDay, changeDay + 5)
  await split(url, 'stations-holdout', 'second', changeDay + 5, changeDay + 10)
  const { items } = await api.get<{ items: Release[] }>('/releases')
  await evaluate(api, changeDay)
  const before = await api.get<{ items: unknown[] }>('/alerts')
  await traffic(loop, changeDay, changeDay + 5, 20)
  await evaluate(api, changeDay + 5)
  const after = await api.get<{ items: { sentence: string }[] }>('/alerts')
  const [alert] = after.items
  if (before.items.length > 0 || alert === undefined)
    throw new Error('The alert must fire after the change, not before.')
  decide('alert fired', alert.sentence)
  return new Set(items.map((release) => release.id))
}

async function promoteBetter(loop: Loop, known: ReadonlySet<string>): Promise<void> {
  const { api, decide } = loop
  const triggered = await poll('a release', async () => {
    const { items } = await api.get<{ items: Release[] }>('/releases')
    return items.find((release) => !known.has(release.id))
  })
  const rolling = await follow(api, triggered.id, 'rolling_out')
  const approval = await api.get<{ state: string }>(`/approvals/${rolling.approvalId ?? ''}`)
  decide(`approval: ${approval.state}`, 'the model is of the low risk tier, so its policy approves by itself')
  for (let day = changeDay + 5; day < changeDay + 15; day += 1) {
    await traffic(loop, day, day + 1, 1)
    if ((await api.get<Release>(`/releases/${triggered.id}`)).outcome !== null) break
  }
  const release = await follow(api, triggered.id, 'live')
  decide('version 2 promoted', await evidenceOf(api, release))
}

/** Somebody trains on the time before the change: the gate compares and refuses. */
async function refuseWorse({ api, decide }: Loop): Promise<void> {
  const body = { policy: name, reason: 'old data again', parameters: { training: 'datasets:/stations-training@first' } }
  const { id } = await api.post<Release>('/releases', body)
  const release = await follow(api, id, 'rejected')
  const { aliases } = await api.get<{ aliases: Record<string, number> }>(`/models/${name}`)
  if (aliases['champion'] !== 2) throw new Error('The refused candidate must not have replaced the champion.')
  decide('version 3 refused', await evidenceOf(api, release))
}

async function prove({ url, api, answers, decide }: Loop): Promise<void> {
  decide('audit verified', await millrace(url, 'audit', 'verify'))
  const data = await api.get<{ id: string }>('/datasets/stations-training/versions/second')
  const { count } = await api.get<{ count: number }>('/prediction-counts', { datasetVersionId: data.id })
  const { nodes } = await api.get<{ nodes: { kind: string }[] }>(`/lineage/dataset-version/${data.id}`, {
    direction: 'downstream',
  })
  const kinds = new Set(nodes.map(({ kind }) => kind))
  const sent = answers.get(2) ?? 0
  const missing = ['run', 'model-version', 'deployment'].filter((kind) => !kinds.has(kind))
  if (count !== sent || missing.length > 0)
    throw new Error(
      `The log has ${count} predictions of version 2, ${sent} were answered; missing in the lineage: ${missing.join(', ')}.`,
    )
  decide(
    'lineage agrees',
    `${count} logged predictions descend from stations-training@second, as many as were answered`,
  )
}

/** Asks for the hours of whole days in requests of so many rows, eight at a time, then says what happened. */
async function traffic(
  { api, world, answers }: Loop,
  fromDay: number,
  toDay: number,
  rowsPerRequest: number,
): Promise<void> {
  const hours = await readHours(world, fromDay, toDay)
  const requests = Array.from({ length: Math.ceil(hours.length / rowsPerRequest) }, (_, index) =>
    hours.slice(index * rowsPerRequest, (index + 1) * rowsPerRequest),
  )
  const batches: { id: string; values: number[] }[] = []
  const ask = async (part: readonly StationHour[]) => {
    const answer = await api.post<{ id: string; version: number }>(`/endpoints/${name}/predict`, {
      rows: part.map(({ temperature, rain, rush }) => ({ temperature, rain, rush })),
      eventTimesMs: part.map(({ eventTimeMs }) => eventTimeMs),
    })
    answers.set(answer.version, (answers.get(answer.version) ?? 0) + part.length)
    batches.push({ id: answer.id, values: part.map(({ empty }) => empty) })
  }
  const queue = requests.values()
  const worker = async () => {
    for (const part of queue) await ask(part)
  }
  await Promise.all(Array.from({ length: 8 }, worker))
  await api.post(`/endpoints/${name}/ground-truth`, { batches, receivedEventTimeMs: dayStart(toDay) })
}

function split(url: string, into: string, as: string, fromDay: number, toDay: number): Promise<string> {
  const range = ['--from', isoDay(fromDay), '--to', isoDay(toDay)]
  return millrace(url, 'data', 'split', 'stations', 'all', '--into', into, '--as', as, '--column', 'date', ...range)
}

async function evaluate(api: ApiClient, untilDay: number): Promise<void> {
  await api.post(`/monitors/${name}/evaluation`, { untilMs: dayStart(untilDay) })
}

function follow(api: ApiClient, id: string, state: string): Promise<Release> {
  return poll(`release ${id} to be ${state}`, async () => {
    const release = await api.get<Release>(`/releases/${id}`)
    if (release.state === state) return release
    if (release.outcome !== null) throw new Error(`The release is ${release.state}, not ${state}: ${release.sentence}`)
    return undefined
  })
}

async function poll<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  const giveUpMs = performance.now() + 60_000
  while (performance.now() < giveUpMs) {
    const found = await look()
    if (found !== undefined) return found
    await sleep(100)
  }
  throw new Error(`Waited a minute for ${what}.`)
}

async function evidenceOf(api: ApiClient, release: Release): Promise<string> {
  const path = `/model-versions/${release.versionId ?? ''}/evidence`
  const { items } = await api.get<{ items: { kind: string; sentence: string }[] }>(path)
  return (items.find(({ kind }) => kind === 'comparison') ?? items[0])?.sentence ?? 'no evidence'
}

const dayStart = (day: number) => firstDayMs + day * dayMs
const isoDay = (day: number) => new Date(dayStart(day)).toISOString().slice(0, 10)
