import { Problem } from '@millrace/contract'
import { fingerprintOf } from '../fingerprint.ts'
import type { SourceModel, SourceVersion } from '../source.ts'
import type { Placed } from './bring-experiments.ts'
import type { Importing } from './importing.ts'
import { versionPlace } from './version-place.ts'

const stages = new Set(['None', 'Staging', 'Production', 'Archived'])
const states: Readonly<Record<string, string>> = {
  PENDING_REGISTRATION: 'pending',
  FAILED_REGISTRATION: 'failed_registration',
}

interface Answer {
  readonly model: { readonly name: string }
  readonly outcome: 'made' | 'changed' | 'same'
  readonly versions: number
}

/** Takes registered models and prompts, each whole in one request. */
export async function bringRegistry(importing: Importing, placed: ReadonlyMap<string, Placed>): Promise<void> {
  const { source, report, dryRun } = importing
  const roots = new Map<string, string | undefined>()
  for await (const model of source.registeredModels()) {
    if (dryRun) {
      report.count('registered models', 'made')
      report.count('model versions', 'made', model.versions.length)
      continue
    }
    try {
      await bring(importing, { ...model, tags: renumbered(model.tags, placed) }, roots)
    } catch (error) {
      if (!(error instanceof Problem) || error.status >= 500) throw error
      report.leave('registered model', model.name, error.message)
    }
  }
}

/** MLflow finds the prompts of an experiment by its number in this tag: `,1,7,`. */
const experimentsTag = '_mlflow_experiment_ids'

function renumbered(tags: SourceModel['tags'], placed: ReadonlyMap<string, Placed>): SourceModel['tags'] {
  const ids = tags[experimentsTag]
  if (ids === undefined) return tags
  const own = ids.split(',').map((id) => String(placed.get(id)?.number ?? id))
  return { ...tags, [experimentsTag]: own.join(',') }
}

async function bring(importing: Importing, model: SourceModel, roots: Map<string, string | undefined>): Promise<void> {
  const { api, source, report } = importing
  if (importing.partly && !(await hasAllRuns(importing, model, roots))) {
    report.leave('registered model', model.name, 'some of its versions come from runs that are not here')
    return
  }
  const versions: unknown[] = []
  for (const version of model.versions) versions.push(await messageOf(importing, version, roots))
  const { name, description, tags, createdAtMs, updatedAtMs, aliases, lastVersion } = model
  const answer = await api.post<Answer>('/imports/models', {
    source: source.name,
    name,
    description,
    tags,
    createdAtMs,
    updatedAtMs,
    aliases,
    lastVersion,
    versions,
    state: fingerprintOf(model),
  })
  report.count('registered models', answer.outcome)
  report.count('model versions', 'made', answer.versions)
  report.count('model versions', 'same', model.versions.length - answer.versions)
  if (answer.model.name !== name) report.map('registered model', name, `is called "${answer.model.name}" here`)
}

async function messageOf(importing: Importing, version: SourceVersion, roots: Map<string, string | undefined>) {
  const { version: number, createdAtMs, updatedAtMs, description, user, stage, source, runLink, status, tags } = version
  return {
    version: number,
    createdAtMs,
    updatedAtMs,
    description,
    createdBy: user,
    stage: stages.has(stage) ? stage : 'None',
    state: states[status] ?? 'ready',
    source,
    runLink,
    tags,
    ...(await versionPlace(version, (id) => rootOfRun(importing, id, roots))),
  }
}

/** A version that came before its run would never stand on its files. */
async function hasAllRuns(importing: Importing, model: SourceModel, roots: Map<string, string | undefined>) {
  for (const { runId } of model.versions) {
    if (runId !== null && (await rootOfRun(importing, runId, roots)) === undefined) return false
  }
  return true
}

/** Where a run's artifacts lie here; undefined where the run is not here. */
async function rootOfRun(
  { api }: Importing,
  id: string,
  roots: Map<string, string | undefined>,
): Promise<string | undefined> {
  if (roots.has(id)) return roots.get(id)
  try {
    const { artifactRoot } = await api.get<{ artifactRoot: string }>(`/runs/${encodeURIComponent(id)}`)
    roots.set(id, artifactRoot)
  } catch (error) {
    if (!(error instanceof Problem) || error.status >= 500) throw error
    roots.set(id, undefined)
  }
  return roots.get(id)
}
