import type { Domain, Runtime } from '@millrace/kernel'
import type { FastifyInstance } from 'fastify'
import { artifactRoutes, serveArtifacts } from './routes/artifacts.ts'
import { experimentRoutes } from './routes/experiments.ts'
import { loggedModelRoutes } from './routes/logged-models.ts'
import { loggingRoutes } from './routes/logging.ts'
import { modelVersionRoutes } from './routes/model-versions.ts'
import { registryRoutes } from './routes/registry.ts'
import { runRoutes } from './routes/runs.ts'
import { MlflowError } from './wire/mlflow-error.ts'
import { serve, speakMlflow } from './wire/scope.ts'

/** The version of MLflow's API that this server speaks; clients compare it with what they need. */
export const mlflowVersion = '3.11.1'

const routes = [
  ...experimentRoutes,
  ...runRoutes,
  ...loggingRoutes,
  ...artifactRoutes,
  ...loggedModelRoutes,
  ...registryRoutes,
  ...modelVersionRoutes,
]

/** MLflow's REST API on the actions of experiment-tracking and model-registry. It has no tables and no operations of its own. */
export function createMlflowDialect(runtime: Runtime): Domain {
  return { name: 'mlflow', migrations: {}, operations: [], routes: (app) => speak(app, runtime) }
}

async function speak(app: FastifyInstance, runtime: Runtime): Promise<void> {
  speakMlflow(app, runtime)
  serve(app, runtime, routes)
  await serveArtifacts(app, runtime)
  app.get('/version', async (_request, reply) => reply.type('text/plain').send(mlflowVersion))
  // Clients fall back to older calls on this code alone.
  for (const prefix of ['/api/2.0', '/api/3.0', '/ajax-api/2.0', '/ajax-api/3.0']) {
    app.all(`${prefix}/*`, async (request) => {
      throw new MlflowError(
        'ENDPOINT_NOT_FOUND',
        `Millrace does not speak ${request.method} ${request.url.split('?')[0] ?? ''} yet.`,
      )
    })
  }
}
