import { ref } from '@millrace/contract'
import type { Ref } from '@millrace/contract'
import type { NodeDescription, Scope } from '@millrace/kernel'
import { storeOf } from '../store/tracking.ts'

/** How runs read in the lineage graph. Ids that are not here are left out. */
export async function describeRuns(scope: Scope, ids: readonly string[]): Promise<NodeDescription[]> {
  const store = storeOf(scope.db, scope.workspace)
  const runs = await store.runs.whole(await store.runs.some(ids))
  return runs.map(({ id, name, experiment, status }) => ({
    id,
    title: name,
    fact: `run of ${experiment}`,
    state: status,
    href: `/experiments/${encodeURIComponent(experiment)}/runs/${id}`,
  }))
}

/** How logged models read in the lineage graph. */
export async function describeLoggedModels(scope: Scope, ids: readonly string[]): Promise<NodeDescription[]> {
  const store = storeOf(scope.db, scope.workspace)
  const found = await Promise.all(ids.map((id) => store.loggedModels.find(id)))
  return found
    .filter((model) => model !== undefined)
    .map(({ id, name, status }) => ({ id, title: name, fact: 'logged model', state: status }))
}

/** The experiment a run belongs to, for permissions. */
export async function experimentOfRun(scope: Scope, id: string): Promise<Ref | undefined> {
  const store = storeOf(scope.db, scope.workspace)
  const run = await store.runs.find(id)
  if (run === undefined) return undefined
  const experiment = await store.experiments.byNumber(run.experiment)
  return experiment === undefined ? undefined : ref('experiment', experiment.name)
}

/** The experiment a logged model belongs to, for permissions. */
export async function experimentOfLoggedModel(scope: Scope, id: string): Promise<Ref | undefined> {
  const store = storeOf(scope.db, scope.workspace)
  const model = await store.loggedModels.find(id)
  if (model === undefined) return undefined
  const experiment = await store.experiments.byNumber(Number(model.experimentId))
  return experiment === undefined ? undefined : ref('experiment', experiment.name)
}

/** The id under which grants on an experiment are kept, which another name leaves as it is: `#7` for `7`, `#7` and its name. */
export async function identityOfExperiment(scope: Scope, id: string): Promise<string | undefined> {
  const { experiments } = storeOf(scope.db, scope.workspace)
  const number = /^#(\d{1,15})$/.exec(id)?.[1]
  const found = number === undefined ? await experiments.byName(id) : await experiments.byNumber(Number(number))
  return found === undefined ? undefined : `#${found.number}`
}
