import { createGrantOf, identityOf } from '@millrace/access'
import type { Ref } from '@millrace/contract'
import { ref } from '@millrace/contract'
import type { Runtime } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import { readRun } from '@millrace/experiment-tracking'
import type { Call, Route } from '../wire/scope.ts'
import { runId, text } from '../wire/message.ts'
import { experimentRef } from '../routes/tracking/experiments.ts'

/** What deleting or restoring needs under basic-auth, by path: to manage the thing, where editing it is not enough. */
const managing: Readonly<Record<string, (call: Call) => Promise<Ref> | Ref>> = {
  'experiments/delete': ({ message }) => ref('experiment', experimentRef(text(message, 'experiment_id'))),
  'experiments/restore': ({ message }) => ref('experiment', experimentRef(text(message, 'experiment_id'))),
  'runs/delete': ({ message }) => ref('run', runId(message)),
  'runs/restore': ({ message }) => ref('run', runId(message)),
  'registered-models/delete': ({ message }) => ref('model', text(message, 'name')),
  'model-versions/delete': ({ message }) => ref('model', text(message, 'name')),
  'logged-models/{model_id}': ({ message }) => ref('logged-model', text(message, 'model_id')),
}

/** What somebody has made with a request, by its path. */
const making: Readonly<Record<string, (call: Call, answer: object) => Ref | undefined>> = {
  'experiments/create': (_call, answer) => {
    const id: unknown = Reflect.get(answer, 'experiment_id')
    return typeof id === 'string' ? ref('experiment', `#${id}`) : undefined
  },
  'registered-models/create': ({ message }) => ref('model', text(message, 'name')),
}

/**
 * Routes as MLflow's basic-auth application has them: whoever makes an experiment or a model manages it, and only those
 * who manage a thing delete it. Elsewhere the routes stay as they are.
 */
export function withOwnership(runtime: Runtime, routes: readonly Route[]): readonly Route[] {
  if (runtime.config.appName !== 'basic-auth') return routes
  return routes.map((one) => {
    const manage = one.path === 'logged-models/{model_id}' && one.method !== 'DELETE' ? undefined : managing[one.path]
    const make = making[one.path]
    if (manage === undefined && make === undefined) return one
    return {
      ...one,
      answer: async (call: Call) => {
        if (manage !== undefined) await requireManages(call, await manage(call))
        const answer = await one.answer(call)
        const made = make?.(call, answer)
        if (made !== undefined) await giveToMaker(call, made)
        return answer
      },
    }
  })
}

async function requireManages({ runtime, context }: Call, on: Ref): Promise<void> {
  // A run that is not there is said to be missing, not to be forbidden.
  if (on.kind === 'run') await runtime.runner.ask(readRun, { id: on.id }, context)
  await runtime.authorize(runtime.runner.readScope(context), 'access:administer', on)
}

async function giveToMaker({ runtime, context }: Call, made: Ref): Promise<void> {
  const { actor } = context
  if (actor.kind !== 'user' && actor.kind !== 'service') return
  const on = await identityOf(runtime.resources, runtime.runner.readScope(context), made)
  const grant = { user: actor.id, role: 'admin', on, effect: 'allow' as const }
  await runtime.runner.act(createGrantOf(runtime.resources), grant, { ...context, actor: systemActor('mlflow') })
}
