import type { Ask } from '../../journeys/ask.ts'
import { connectAsk } from '../../journeys/ask.ts'
import { read } from './operation.ts'
import { differences, readRun } from './read-run.ts'
import type { RunState } from './run-state.ts'
import type { Writer } from './writer.ts'

const checks: Ask = connectAsk(8)

/** Reads back what a writer was promised: some of its runs, and everything it has besides. Gives what is not kept. */
export async function checkWriter(url: string, writer: Writer, runs: Iterable<RunState>): Promise<string[]> {
  const broken: string[] = []
  for (const run of runs) broken.push(...(await checkRun(url, run)))
  return [...broken, ...(await checkModel(url, writer)), ...(await checkTracesAndData(url, writer))]
}

async function checkRun(url: string, run: RunState): Promise<string[]> {
  const actual = await readRun(checks, url, run.id, run.artifacts.keys())
  if (actual === undefined) return [`run ${run.id} is gone`]
  const document = await documentOf(url, run.id)
  return [...actual.faults, ...differences(run, actual.state), ...documentFaults(run, document)].map(
    (fault) => `run ${run.id}: ${fault}`,
  )
}

export interface RunDocument {
  readonly info: { readonly run_id: string; readonly run_name: string }
  readonly data: {
    readonly metrics?: readonly { key: string; value: number; step: number }[]
    readonly params?: readonly Pair[]
    readonly tags?: readonly Pair[]
  }
}

interface Pair {
  readonly key: string
  readonly value: string
}

async function documentOf(url: string, id: string): Promise<RunDocument> {
  return (await read<{ run: RunDocument }>(checks, url, `//api/2.0/mlflow/runs/get?run_id=${id}`)).run
}

/** The run's document, as MLflow's clients get it, must say what its rows say. */
export function documentFaults(run: RunState, { info, data }: RunDocument): string[] {
  const last = [...run.points].map(([key, steps]): [string, string] => {
    const step = Math.max(...steps.keys())
    return [key, `${step} ${steps.get(step) ?? ''}`]
  })
  const said = {
    name: info.run_name,
    params: textOf(data.params),
    tags: textOf(data.tags?.filter(({ key }) => key !== 'mlflow.runName')),
    metrics: textOf(data.metrics?.map(({ key, step, value }) => ({ key, value: `${step} ${value}` }))),
  }
  const wanted = {
    name: run.name,
    params: textOf(pairsOf(run.params)),
    tags: textOf(pairsOf(run.tags)),
    metrics: textOf(pairsOf(new Map(last))),
  }
  const parts = ['name', 'params', 'tags', 'metrics'] as const
  return parts
    .filter((part) => said[part] !== wanted[part])
    .map((part) => `its document has the ${part} ${said[part]}, not ${wanted[part]}`)
}

const pairsOf = (map: ReadonlyMap<string, string>) => [...map].map(([key, value]) => ({ key, value }))

function textOf(pairs: readonly Pair[] = []): string {
  return pairs
    .map(({ key, value }) => `${key}=${value}`)
    .toSorted()
    .join('; ')
}

async function checkModel(url: string, { own }: Writer): Promise<string[]> {
  const model = await read<{ latestVersion: number | null; aliases: Record<string, number> }>(
    checks,
    url,
    `/models/${own.model}`,
  )
  const versions = await itemsOf<{ version: number }>(url, `/models/${own.model}/versions`)
  const numbers = versions.map(({ version }) => version).toSorted((a, b) => a - b)
  const moves = own.championMoves === 0 ? [] : await itemsOf(url, `/models/${own.model}/aliases/champion/history`)
  const found = [numbers.length, numbers.at(-1) ?? 0, model.aliases['champion'], moves.length].join()
  const wanted = [own.versions, own.versions, own.champion, own.championMoves].join()
  return found === wanted ? [] : [`${own.model} has versions, newest, champion, moves ${found}, not ${wanted}`]
}

async function checkTracesAndData(url: string, { own }: Writer): Promise<string[]> {
  const broken: string[] = []
  for (const [id, tag] of [...own.traces].slice(-5)) {
    const trace = await checks(url, 'GET', `/traces/${id}`)
    if (!trace.text.includes(`"${tag}"`)) broken.push(`trace ${id} is answered ${trace.status}: ${trace.text}`)
  }
  const versions = await itemsOf<{ id: string; version: string }>(url, `/datasets/${own.dataset}/versions`)
  const names = versions.map(({ version }) => version).toSorted()
  if (names.join() !== [...own.dataVersions.keys()].toSorted().join())
    broken.push(`${own.dataset} has the versions ${names.join()}, not ${[...own.dataVersions.keys()].join()}`)
  const newest = versions[0]
  if (newest === undefined) return broken
  const file = await checks(url, 'GET', `/dataset-versions/${newest.id}/files/data.txt`)
  if (file.text !== own.dataVersions.get(newest.version))
    broken.push(`the file of ${own.dataset}@${newest.version} is answered ${file.status}: ${file.text.slice(0, 100)}`)
  return broken
}

async function itemsOf<T>(url: string, path: string): Promise<T[]> {
  const items: T[] = []
  let more = ''
  for (;;) {
    const page = await read<{ items: T[]; nextPageToken?: string }>(checks, url, `${path}?limit=500${more}`)
    items.push(...page.items)
    if (page.nextPageToken === undefined) return items
    more = `&pageToken=${encodeURIComponent(page.nextPageToken)}`
  }
}
