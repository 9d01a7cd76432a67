import type { Runtime } from '@millrace/kernel'
import type { FastifyInstance } from 'fastify'
import { routeOidc } from './oidc-routes.ts'
import { routePasswords } from './password-routes.ts'
import { routeSecrets } from './rotate-secrets.ts'
import { routeSessions } from './session-routes.ts'

/** What a contract cannot say: cookies, redirects, and work that no transaction waits for. */
export function routeSignIn(app: FastifyInstance, runtime: Runtime): void {
  app.addHook('onSend', async (_request, reply) => {
    reply.header('cache-control', 'no-store')
  })
  routeSessions(app, runtime)
  routePasswords(app, runtime)
  routeOidc(app, runtime)
  routeSecrets(app, runtime)
}
