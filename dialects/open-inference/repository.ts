import { Problem } from '@millrace/contract'
import type { ManagedModel, ManageOptions, ModelManager } from '@millrace/model-serving/plane'
import { inferenceProblem } from './inference-problem.ts'

/** A model as the repository extension lists it. */
export interface IndexedModel {
  readonly name: string
  readonly version: string
  readonly state: string
  readonly reason: string
}

/** All models the server could serve; where it manages none, those that it serves. */
export async function indexOf(manager: ModelManager, onlyReady: boolean): Promise<readonly IndexedModel[]> {
  const models = await manager.index().catch((error: unknown) => {
    if (error instanceof Problem && error.status === 501) return servedModels(manager)
    throw error
  })
  return models
    .filter(({ state }) => !onlyReady || state === 'READY')
    .map(({ name, version, state, reason }) => ({ name, version, state, reason }))
}

function servedModels({ view }: ModelManager): readonly Omit<ManagedModel, 'location'>[] {
  return view.names.flatMap((name): Omit<ManagedModel, 'location'>[] => {
    const versions = view.endpoint(name)?.versions ?? []
    if (versions.length === 0) return [{ name, version: '', state: 'UNAVAILABLE', reason: 'no version is loaded' }]
    return versions.map((version) => ({ name, version, state: 'READY', reason: '' }))
  })
}

/** The options of a load or unload as they may be passed on. Throws `open-inference/invalid-request`. */
export function manageOptions(parameters: Readonly<Record<string, unknown>>): ManageOptions {
  const options: Record<string, string | number | boolean> = {}
  for (const [name, value] of Object.entries(parameters)) {
    if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') {
      throw inferenceProblem['invalid-request']({
        what: `the parameter "${name}" must be a text, a number or a boolean`,
      })
    }
    options[name] = value
  }
  return options
}
