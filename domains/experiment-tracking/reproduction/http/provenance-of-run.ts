import { readFile } from 'node:fs/promises'
import type { CallContext, Runtime } from '@millrace/kernel'
import { readModelLinks } from '../../actions/logged-models/models-of-runs.ts'
import { readRun } from '../../actions/read-runs.ts'
import { localArtifact } from '../../artifacts/http/artifact-content.ts'
import type { ArtifactName } from '../../artifacts/http/artifact-name.ts'
import { listArtifacts } from '../../artifacts/actions/read-artifacts.ts'
import type { Run } from '../../contract.ts'
import { readRecordedProvenance } from '../actions/provenance.ts'
import type { ModelFiles } from '../model/client-provenance.ts'
import { clientProvenance } from '../model/client-provenance.ts'
import type { Side } from '../model/compare-runs.ts'
import type { Provenance } from '../model/provenance.ts'
import { nothingRecorded, provenanceArtifacts, seedsOf } from '../model/provenance.ts'

const mostRequirementsBytes = 1_048_576
const mostPatchBytes = 4 * 1_048_576

/** How a run came about, by its launcher, else by what its MLflow client said. Throws `experiment-tracking/run-not-found`. */
export async function provenanceOfRun(
  runtime: Runtime,
  context: CallContext,
  id: string,
): Promise<{ run: Run; provenance: Provenance }> {
  const run = await runtime.runner.ask(readRun, { id }, context)
  const { recorded, reproducesRunId } = await runtime.runner.ask(readRecordedProvenance, { id }, context)
  const rest = { seeds: seedsOf(run), reproducesRunId }
  if (recorded !== null) return { run, provenance: { ...recorded, source: 'launcher', ...rest } }
  const said = clientProvenance(run, await modelFiles(runtime, context, run))
  const source = said === undefined ? 'none' : 'client'
  return { run, provenance: { ...(said ?? nothingRecorded), source, ...rest } }
}

/** A run as one side of a comparison. */
export async function sideOf(runtime: Runtime, context: CallContext, id: string): Promise<Side> {
  const { run, provenance } = await provenanceOfRun(runtime, context, id)
  const kept = provenance.code?.patch
  if (kept === null || kept === undefined) return { run, provenance, patch: '' }
  const name: ArtifactName = { owner: 'run', id, path: provenanceArtifacts.patch }
  const patch = kept.sizeBytes > mostPatchBytes ? undefined : await textOf(runtime, context, name)
  return { run, provenance, patch }
}

/** The requirements that came with the first model the run made, or lie below its artifacts. */
async function modelFiles(runtime: Runtime, context: CallContext, run: Run): Promise<ModelFiles> {
  const { outputs } = await runtime.runner.ask(readModelLinks, { id: run.id }, context)
  const owners = [
    ...outputs.map(({ modelId }) => ({ owner: 'logged-model' as const, id: modelId })),
    { owner: 'run' as const, id: run.id },
  ]
  for (const owner of owners) {
    const folder = await folderOfModel(runtime, context, owner)
    if (folder === undefined) continue
    const read = (file: string) => textOf(runtime, context, { ...owner, path: folder + file })
    const [requirements, pythonEnv, conda] = await Promise.all(
      ['requirements.txt', 'python_env.yaml', 'conda.yaml'].map(read),
    )
    return { requirements, pythonEnv, conda }
  }
  return { requirements: undefined, pythonEnv: undefined, conda: undefined }
}

async function folderOfModel(
  runtime: Runtime,
  context: CallContext,
  owner: Omit<ArtifactName, 'path'>,
): Promise<string | undefined> {
  try {
    const { items } = await runtime.runner.ask(listArtifacts, { ...owner, path: '', recursive: true }, context)
    const found = items.find(({ path, sizeBytes }) => isRequirements(path) && (sizeBytes ?? 0) <= mostRequirementsBytes)
    return found?.path.replace(/requirements\.txt$/, '')
  } catch {
    // A model that only its client knows, or one that may not be read, says nothing.
    return undefined
  }
}

const isRequirements = (path: string) => path === 'requirements.txt' || path.endsWith('/requirements.txt')

async function textOf(runtime: Runtime, context: CallContext, name: ArtifactName): Promise<string | undefined> {
  try {
    return await readFile(await localArtifact(runtime, context, name), 'utf8')
  } catch {
    return undefined
  }
}
