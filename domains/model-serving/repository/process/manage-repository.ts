import { Problem, ref } from '@millrace/contract'
import type { Runtime } from '@millrace/kernel'
import type { Caller, ManageAnswer, ManageOrder } from '../../model/plane-snapshot.ts'
import { planeProblem } from '../../process/plane/plane-problems.ts'
import { repositoryProblem } from '../model/repository-problems.ts'
import { findServedModel } from './find-served-model.ts'
import type { ModelRepository } from './model-repository.ts'
import { createModelRepository } from './model-repository.ts'

/** The beginning of the endpoint ids of a repository's models. */
export { repositoryPrefix } from './model-repository.ts'

/** The model repository that the settings name; undefined where they name none. */
export function repositoryOf(
  runtime: Runtime,
  pythonFor: ((path: string) => Promise<string>) | undefined,
  apply: () => Promise<void>,
): ModelRepository | undefined {
  const { modelRepository: folder, modelConfigFile: configFile, serveModel } = runtime.config
  if (folder === undefined && configFile === undefined && serveModel === undefined) return undefined
  const find = serveModel === undefined ? undefined : () => findServedModel(runtime, serveModel)
  return createModelRepository({ folder, configFile, pythonFor, apply, find })
}

/** Looks for the model of `millrace serve`; throws why it cannot be served, so that the server does not start. */
export async function requireServed({ config }: Runtime, repository: ModelRepository | undefined): Promise<void> {
  if (config.serveModel === undefined || repository === undefined) return
  await repository.scan()
  const answer = await repository.manage({ verb: 'index' })
  const models = answer.ok ? (answer.models ?? []) : []
  const wrong = models.find(({ state }) => state === 'UNAVAILABLE')
  if (wrong !== undefined) throw repositoryProblem['model-unusable']({ name: wrong.name, reason: wrong.reason })
}

type Manage = (caller: Caller, workspace: string, order: ManageOrder) => Promise<ManageAnswer>

/** Carries out orders of management protocols, for callers who may change endpoints. Never rejects. */
export function manageOf(runtime: Runtime, repository: ModelRepository | undefined): Manage {
  return async (caller, workspace, order) => {
    try {
      // Without a model repository, models come and go through their endpoints alone.
      if (repository === undefined) throw planeProblem['cannot-manage']({})
      const actor = await runtime.authenticate({ headers: caller.headers, remoteAddress: caller.remoteAddress })
      const permission = order.verb === 'index' ? 'model-serving:read' : 'model-serving:write'
      const scope = runtime.runner.readScope({ actor, workspace })
      await runtime.authorize(scope, permission, ref('list', 'endpoint'))
      return await repository.manage(order)
    } catch (error) {
      if (error instanceof Problem) {
        const { code, status, message: sentence } = error
        return { ok: false, code, status, sentence }
      }
      runtime.log.error({ err: error, order }, 'an order to the model repository could not be carried out')
      const { code, status, message: sentence } = planeProblem.internal({})
      return { ok: false, code, status, sentence }
    }
  }
}
