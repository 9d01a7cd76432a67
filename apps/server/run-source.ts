import type { RunFacts, RunSource } from '@millrace/collaboration'
import { notifier } from '@millrace/collaboration'
import { Problem } from '@millrace/contract'
import { readExperiment, readRun, searchRuns } from '@millrace/experiment-tracking'
import type { Run } from '@millrace/experiment-tracking/contract'
import type { Runtime } from '@millrace/kernel'

/** Runs, as the rules of notifications want to know them: collaboration comes before experiment-tracking and cannot ask it. */
export function runSource(runtime: Runtime): RunSource {
  const { runner } = runtime
  const experimentName = async (workspace: string, id: string) =>
    (await runner.ask(readExperiment, { name: `#${id}` }, { workspace, actor: notifier })).name
  const factsOf = async (workspace: string, run: Run): Promise<RunFacts> => ({
    id: run.id,
    name: run.name,
    experiment: await experimentName(workspace, run.experimentId),
    status: run.status,
    tags: run.tags,
    lastAtMs: lastHeardOf(run),
  })
  return {
    facts: async (workspace, id) => {
      try {
        return await factsOf(workspace, await runner.ask(readRun, { id }, { workspace, actor: notifier }))
      } catch (error) {
        if (error instanceof Problem && error.status === 404) return undefined
        throw error
      }
    },
    quietSince: async (workspace, beforeMs) => {
      const quiet: RunFacts[] = []
      for await (const run of runningRuns(runtime, workspace)) {
        if (lastHeardOf(run) < beforeMs) quiet.push(await factsOf(workspace, run))
      }
      return quiet
    },
  }
}

async function* runningRuns(runtime: Runtime, workspace: string): AsyncGenerator<Run> {
  let pageToken: string | undefined
  do {
    const asked = { filter: "attributes.status = 'RUNNING'", limit: 200 }
    const from = pageToken === undefined ? {} : { pageToken }
    const page = await searchRuns(runtime, { workspace, actor: notifier }, { ...asked, ...from })
    yield* page.items
    pageToken = page.nextPageToken
  } while (pageToken !== undefined)
}

/** Its newest point by the clock of whoever logged it, or its start. */
function lastHeardOf({ startedAtMs, metricSummaries }: Run): number {
  const points = Object.values(metricSummaries).map(({ timestampMs }) => timestampMs)
  return Math.max(startedAtMs ?? 0, ...points.map(Number))
}
