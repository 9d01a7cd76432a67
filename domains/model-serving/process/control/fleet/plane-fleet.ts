import type { CallerCounts, DeploymentCounts, ModelReport, PlaneSnapshot } from '../../../model/plane-snapshot.ts'
import type { PlaneChildOptions } from './plane-child.ts'
import { PlaneChild } from './plane-child.ts'

export interface PlaneFleetOptions extends Omit<PlaneChildOptions, 'onCounts' | 'port'> {
  readonly processes: number
  /** 0 takes a free one. */
  readonly port: number
  /** Told of every process's counts since it started. */
  readonly onCounted: (pid: number, counts: readonly DeploymentCounts[]) => void
}

/** All processes of the data plane, as one. Nothing runs before the first snapshot that has something to serve. */
export interface PlaneFleet {
  /** Gives the snapshot to all processes; resolves with what became of its models when all have it. */
  apply(snapshot: PlaneSnapshot): Promise<readonly ModelReport[]>
  /** Closes the spool files that are being written. */
  rotate(): Promise<void>
  /** Where predictions go; undefined before the first process listens. */
  port(): number | undefined
  /** Spool folders that living processes write to. */
  folders(): readonly string[]
  counts(): readonly DeploymentCounts[]
  /** One entry for each process that a caller has met. */
  callers(): readonly CallerCounts[]
  latestEventMs(endpointId: string): number | undefined
  pids(): readonly number[]
  stop(): Promise<void>
}

/** Makes the fleet. With several processes the system shares one port among them. */
export function createPlaneFleet(options: PlaneFleetOptions): PlaneFleet {
  const children: PlaneChild[] = []
  const counts = new Map<PlaneChild, Map<string, DeploymentCounts>>()
  const latest = new Map<string, number>()
  const callers = new Map<PlaneChild, Map<string, CallerCounts>>()
  let port: number | undefined

  const onCounts: PlaneChildOptions['onCounts'] = (child, deployments, latestEventMs, ofCallers) => {
    options.onCounted(child.pid() ?? 0, deployments)
    const knownCallers = callers.get(child) ?? new Map<string, CallerCounts>()
    callers.set(child, knownCallers)
    for (const one of ofCallers) knownCallers.set(`${one.endpointId} ${one.caller}`, one)
    const known = counts.get(child) ?? new Map<string, DeploymentCounts>()
    counts.set(child, known)
    for (const deployment of deployments) known.set(deployment.deploymentId, deployment)
    for (const [id, atMs] of Object.entries(latestEventMs)) latest.set(id, Math.max(atMs, latest.get(id) ?? atMs))
  }
  const startAll = async (): Promise<void> => {
    const start = (at: number) => {
      const child = new PlaneChild({ ...options, port: at, onCounts })
      children.push(child)
      child.start()
      return child
    }
    port = await start(options.port).port()
    for (let index = 1; index < options.processes; index += 1) start(port)
  }
  let started: Promise<void> | undefined
  return {
    apply: async (snapshot) => {
      const isIdle =
        snapshot.preload.length === 0 && snapshot.endpoints.every(({ deployments }) => deployments.length === 0)
      if (started === undefined && isIdle) return []
      await (started ??= startAll())
      const reports = await Promise.all(children.map((child) => child.apply(snapshot)))
      return mergeReports(reports.flat())
    },
    rotate: async () => void (await Promise.all(children.map((child) => child.rotate()))),
    port: () => port,
    folders: () => children.filter((child) => child.pid() !== undefined).map((child) => child.folder()),
    counts: () => [...counts.values()].flatMap((known) => [...known.values()]),
    callers: () => [...callers.values()].flatMap((known) => [...known.values()]),
    latestEventMs: (endpointId) => latest.get(endpointId),
    pids: () => children.map((child) => child.pid()).filter((pid) => pid !== undefined),
    stop: async () => void (await Promise.all(children.map((child) => child.stop()))),
  }
}

/** A version is served when every process could load it. */
function mergeReports(reports: readonly ModelReport[]): readonly ModelReport[] {
  const byVersion = new Map<string, ModelReport>()
  for (const report of reports) {
    if (byVersion.get(report.versionId)?.ok !== false) byVersion.set(report.versionId, report)
  }
  return [...byVersion.values()]
}
