import type { Sent } from '../../journeys/ask.ts'
import { frameOf, manifestOf } from './chunk-frame.ts'
import type { Operation } from './operation.ts'
import { read } from './operation.ts'

/** What has been acknowledged of a writer's own model, traces and data. */
export interface OwnState {
  readonly model: string
  versions: number
  champion: number | undefined
  championMoves: number
  readonly traces: Map<string, string>
  readonly dataset: string
  /** Version → the text of its file. */
  readonly dataVersions: Map<string, string>
}

const mlflow = '//api/2.0/mlflow'

export function createVersion(own: OwnState, runId: string): Operation {
  const body = { name: own.model, source: `runs:/${runId}/model`, run_id: runId }
  return {
    what: `a version of ${own.model}`,
    send: (ask, url) => ask(url, 'POST', `${mlflow}/model-versions/create`, body),
    accept: () => {
      own.versions += 1
    },
    resolve: async (ask, url) => {
      const { latestVersion } = await read<{ latestVersion: number | null }>(ask, url, `/models/${own.model}`)
      const more = (latestVersion ?? 0) - own.versions
      if (more !== 0 && more !== 1) return `its newest version is ${latestVersion}, after ${own.versions} acknowledged`
      own.versions += more
      return undefined
    },
  }
}

/** Moves the alias to a version, by MLflow's API or by ours. */
export function moveAlias(own: OwnState, version: number, by: 'us' | 'mlflow'): Operation {
  const [method, path, body]: [string, string, Sent] =
    by === 'us'
      ? ['PUT', `/models/${own.model}/aliases/champion`, { version }]
      : ['POST', `${mlflow}/registered-models/alias`, { name: own.model, alias: 'champion', version: String(version) }]
  const accept = () => {
    own.championMoves += own.champion === version ? 0 : 1
    own.champion = version
  }
  return {
    what: `alias of ${own.model} to ${version}`,
    send: (ask, url) => ask(url, method, path, body),
    accept,
    resolve: async (ask, url) => {
      const { aliases } = await read<{ aliases: Record<string, number> }>(ask, url, `/models/${own.model}`)
      if (aliases['champion'] === version) accept()
      return undefined
    },
  }
}

export function startTrace(own: OwnState, experiment: string, id: string): Operation {
  const tag = `of ${id}`
  const body = { id, experimentId: experiment, state: 'ok', startedAtMs: 1_760_000_000_000, tags: { tag } }
  const accept = () => void own.traces.set(id, tag)
  return {
    what: `trace ${id}`,
    send: (ask, url) => ask(url, 'POST', '/traces', body),
    accept,
    resolve: async (ask, url) => {
      if ((await ask(url, 'GET', `/traces/${id}`)).status === 200) accept()
      return undefined
    },
  }
}

/** Sends a chunk; it is there at the latest when its version is asked for. */
export function sendChunk(own: OwnState, content: string): Operation {
  const send: Operation['send'] = (ask, url) => ask(url, 'POST', `/datasets/${own.dataset}/chunks`, frameOf(content))
  return {
    what: `a chunk of ${own.dataset}`,
    send,
    accept: () => {},
    resolve: async (ask, url) => {
      const again = await send(ask, url)
      return again.status < 300 ? undefined : `sent again it was answered ${again.status}: ${again.text}`
    },
  }
}

/** Registers a version of data out of a chunk that was sent before. */
export function registerData(own: OwnState, version: string, content: string): Operation {
  const manifest = manifestOf(version, content)
  const accept = () => void own.dataVersions.set(version, content)
  return {
    what: `version ${version} of ${own.dataset}`,
    send: (ask, url) =>
      ask(url, 'POST', `/datasets/${own.dataset}/manifests`, manifest, { 'content-type': 'application/x-ndjson' }),
    accept,
    resolve: async (ask, url) => {
      if ((await ask(url, 'GET', `/datasets/${own.dataset}/versions/${version}`)).status === 200) accept()
      return undefined
    },
  }
}
