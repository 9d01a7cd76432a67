import type { SourceOptions } from '../open-source.ts'
import type { MlflowSource, SourceExperiment } from '../source.ts'
import { textOf, timeOf } from '../words.ts'
import { listFiles } from './rest-artifacts.ts'
import type { RestClient } from './rest-client.ts'
import { pairsOf, restClient } from './rest-client.ts'
import { readLoggedModels } from './rest-logged-models.ts'
import { readModels } from './rest-registry.ts'
import { readPoints, readRuns } from './rest-runs.ts'
import { readTraces } from './rest-traces.ts'

/** An MLflow server, read by its API. What a server is too old to know is left out. */
export function restSource(address: string, options: SourceOptions): MlflowSource {
  const client = restClient(address, options)
  const url = new URL(address)
  return {
    name: `${url.origin}${url.pathname.replace(/\/$/, '')}`,
    // The API counts nothing.
    counts: async () => ({ runs: 0, traces: 0 }),
    experiments: () => readExperiments(client),
    runs: (experiments) => readRuns(client, experiments),
    points: (runs) => readPoints(client, runs),
    loggedModels: (experiments) => readLoggedModels(client, experiments),
    registeredModels: () => readModels(client),
    traces: (experiments) => readTraces(client, experiments),
    artifacts: (owner) => listFiles(client, owner),
    close: async () => undefined,
  }
}

async function readExperiments(client: RestClient): Promise<SourceExperiment[]> {
  const found: SourceExperiment[] = []
  const page = (token: string) =>
    client.post('/api/2.0/mlflow/experiments/search', { view_type: 'ALL', max_results: 1000, page_token: token })
  for await (const message of client.list('experiments', page)) {
    const createdAtMs = timeOf(message['creation_time']) ?? 0
    found.push({
      id: textOf(message['experiment_id']),
      name: textOf(message['name']),
      artifactRoot: textOf(message['artifact_location']),
      tags: pairsOf(message['tags']),
      createdAtMs,
      updatedAtMs: timeOf(message['last_update_time']) ?? createdAtMs,
      isDeleted: message['lifecycle_stage'] === 'deleted',
    })
  }
  return found.toSorted((a, b) => Number(a.id) - Number(b.id))
}
