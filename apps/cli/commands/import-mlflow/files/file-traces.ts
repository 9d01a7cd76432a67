import { join } from 'node:path'
import { assessmentOf } from '../api-assessment.ts'
import type { LocalArtifacts } from '../artifacts/local-artifacts.ts'
import type { SourceAssessment, SourceTrace } from '../source.ts'
import { spansOfFile } from '../spans-file.ts'
import { firstText, stateOf, textOrNull, timeOf } from '../words.ts'
import type { ExperimentFolders } from './file-source.ts'
import { filesBelow, foldersIn, isFolder, readMeta, textsIn } from './store-files.ts'

const pageLength = 100

/** Traces, experiment by experiment. */
export async function* readTraces(
  folders: ExperimentFolders,
  experiments: ReadonlySet<string>,
  artifacts: LocalArtifacts,
): AsyncGenerator<readonly SourceTrace[]> {
  for (const [experimentId, folder] of folders) {
    if (!experiments.has(experimentId)) continue
    let page: SourceTrace[] = []
    for (const name of await foldersIn(join(folder, 'traces'))) {
      const trace = await readTrace(join(folder, 'traces', name), experimentId, artifacts)
      if (trace !== undefined) page.push(trace)
      if (page.length < pageLength) continue
      yield page
      page = []
    }
    if (page.length > 0) yield page
  }
}

/** Both forms: `trace_id`, `request_time` and `state` of 3.x, and `request_id`, `timestamp_ms` and `status` of 2.x. */
async function readTrace(
  folder: string,
  experimentId: string,
  artifacts: LocalArtifacts,
): Promise<SourceTrace | undefined> {
  const meta = await readMeta(join(folder, 'trace_info.yaml'))
  const id = firstText(meta?.['trace_id'], meta?.['request_id'])
  if (meta === undefined || id === '') return undefined
  const beside = join(folder, 'artifacts')
  const tags = await textsIn(join(folder, 'tags'))
  return {
    id,
    experimentId,
    state: stateOf(firstText(meta['state'], meta['status'])),
    startedAtMs: timeOf(firstText(meta['request_time'], meta['timestamp_ms'])) ?? 0,
    durationMs: timeOf(firstText(meta['execution_duration_ms'], meta['execution_time_ms'])),
    clientRequestId: textOrNull(meta['client_request_id']),
    requestPreview: textOrNull(meta['request_preview']),
    responsePreview: textOrNull(meta['response_preview']),
    tags,
    metadata: await textsIn(join(folder, 'request_metadata')),
    runIds: [],
    assessments: await assessmentsIn(join(folder, 'assessments')),
    spans: await spansOfFile(artifacts, (await isFolder(beside)) ? beside : tags['mlflow.artifactLocation']),
  }
}

async function assessmentsIn(folder: string): Promise<SourceAssessment[]> {
  const found: SourceAssessment[] = []
  for (const name of await filesBelow(folder)) {
    const meta = await readMeta(join(folder, name))
    if (meta !== undefined) found.push(assessmentOf(meta))
  }
  return found
}
