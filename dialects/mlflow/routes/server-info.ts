import type { FastifyInstance } from 'fastify'
import type { Route } from '../wire/scope.ts'
import { route } from '../wire/scope.ts'

/** The version of MLflow's API that this server speaks; clients compare it with what they need. */
export const mlflowVersion = '3.17.2'

const quiet = { disable_ui_telemetry: true, disable_ui_events: [], ui_rollout_percentage: 0 }

/** What the server says of itself. Nothing of it needs an account. */
export const serverInfoRoutes: readonly Route[] = [
  route(
    'GET',
    'server-info',
    async ({ runtime }) => ({
      store_type: 'SqlStore',
      workspaces_enabled: runtime.config.enableWorkspaces,
      trace_archival_enabled: false,
      multipart_uploads_enabled: runtime.objects.direct?.inParts !== undefined,
      multipart_downloads_enabled: runtime.objects.direct !== undefined,
      presigned_upload_run_id_supported: true,
      presigned_upload_model_id_supported: true,
    }),
    { since: 3 },
  ),
  route('GET', 'ui-telemetry', async () => quiet, { since: 3 }),
  route('POST', 'ui-telemetry', async () => ({ status: 'disabled' }), { since: 3 }),
]

/** `/version`, as text. */
export function serveVersion(app: FastifyInstance): void {
  app.get('/version', async (_request, reply) => reply.type('text/plain').send(mlflowVersion))
}
