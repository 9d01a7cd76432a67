import { ref } from '@millrace/contract'
import type { Action, Runtime } from '@millrace/kernel'
import { callContextOf, parseInput, reseal } from '@millrace/kernel'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { resealSecrets, rotateSecrets } from '../../contract.ts'
import { action } from '../../store/access-store.ts'

/** `POST /api/millrace/v1/secrets/rotation`: a new key, everything sealed with it, and the old keys dropped if wished. */
export function routeSecrets(app: FastifyInstance, runtime: Runtime): void {
  const resealAll = resealAction(runtime)
  const handler = async (request: FastifyRequest) => {
    const context = await callContextOf(runtime, request)
    const { newKey, forgetOld } = parseInput(rotateSecrets, request.body ?? {})
    const scope = runtime.runner.readScope(context)
    await runtime.authorize(scope, rotateSecrets.needs.permission, ref('server', 'server'))
    // The key is on disk before anything is sealed with it; if what follows fails, the old one still opens everything.
    const keyId = newKey ? runtime.secrets.addKey().keyId : null
    const { resealed: count } = await runtime.runner.act(resealAll, {}, context)
    const forgotten = forgetOld ? runtime.secrets.forgetOldKeys() : 0
    return { keyId, resealed: count, forgotten }
  }
  app.route({ method: 'POST', url: '/api/millrace/v1/secrets/rotation', handler })
}

function resealAction({
  secrets,
  sealedColumns,
}: Runtime): Action<typeof resealSecrets.input, typeof resealSecrets.output> {
  return action(resealSecrets, async ({ scope }) => {
    const count = await reseal(scope.db, sealedColumns, secrets)
    return { answer: { resealed: count }, audit: { object: ref('secrets', 'server'), after: { resealed: count } } }
  })
}
