import type { Domain, Runtime } from '@millrace/kernel'
import type { FastifyInstance } from 'fastify'
import { accountRoutes } from './accounts/account-routes.ts'
import { withOwnership } from './accounts/ownership.ts'
import { workspaceRoutes } from './accounts/workspaces.ts'
import { artifactRoutes, serveArtifacts } from './routes/artifacts.ts'
import { experimentRoutes, searchDatasets, slashlessPaths } from './routes/tracking/experiments.ts'
import { loggedModelRoutes } from './routes/tracking/logged-models.ts'
import { loggingRoutes } from './routes/logging/logging.ts'
import { metricHistoryRoutes } from './routes/logging/metric-history.ts'
import { modelVersionRoutes } from './routes/model-versions.ts'
import { registryRoutes } from './routes/registry.ts'
import { runModelRoutes } from './routes/tracking/run-models.ts'
import { runRoutes } from './routes/tracking/runs.ts'
import { searchRunRoutes } from './routes/search-runs.ts'
import { serverInfoRoutes, serveVersion } from './routes/server-info.ts'
import { webhookRoutes } from './routes/webhooks.ts'
import { assessmentRoutes } from './routes/traces/assessments.ts'
import { evaluationDatasetRoutes } from './routes/traces/evaluation-datasets.ts'
import { scorerRoutes } from './routes/traces/scorers.ts'
import { serveTraceFile } from './routes/traces/trace-file.ts'
import { traceMetricRoutes } from './routes/traces/trace-metrics.ts'
import { traceV2Routes } from './routes/traces/traces-v2.ts'
import { traceRoutes } from './routes/traces/traces.ts'
import { MlflowError } from './wire/mlflow-error.ts'
import { route, serve, serveAt, speakMlflow, workspacePrefix } from './wire/scope.ts'
import { requireServed } from './wire/served.ts'

export { mlflowVersion } from './routes/server-info.ts'
export { mlflowWebhookFormat } from './routes/webhook-format.ts'

const routes = [
  ...experimentRoutes,
  ...runRoutes,
  ...runModelRoutes,
  ...searchRunRoutes,
  ...loggingRoutes,
  ...metricHistoryRoutes,
  ...artifactRoutes,
  ...loggedModelRoutes,
  ...registryRoutes,
  ...modelVersionRoutes,
  ...webhookRoutes,
  ...serverInfoRoutes,
  ...traceRoutes,
  ...traceV2Routes,
  ...traceMetricRoutes,
  ...assessmentRoutes,
  ...evaluationDatasetRoutes,
  ...scorerRoutes,
  ...workspaceRoutes,
]

/** MLflow's REST API on the actions of experiment-tracking and model-registry. It has no tables and no operations of its own. */
export function createMlflowDialect(runtime: Runtime): Domain {
  return { name: 'mlflow', migrations: {}, operations: [], routes: (app) => speakEverywhere(app, runtime) }
}

/** At the root, and below `/w/{workspace}` for clients that say the workspace in their tracking address. */
async function speakEverywhere(app: FastifyInstance, runtime: Runtime): Promise<void> {
  await app.register((scoped) => speak(scoped, runtime), { prefix: workspacePrefix })
  await speak(app, runtime)
}

async function speak(app: FastifyInstance, runtime: Runtime): Promise<void> {
  speakMlflow(app, runtime)
  requireServed(app, runtime.config)
  serve(app, runtime, withOwnership(runtime, routes))
  if (runtime.config.appName === 'basic-auth') serve(app, runtime, accountRoutes)
  for (const path of slashlessPaths) serveAt(app, runtime, path, route('POST', path, searchDatasets))
  await serveArtifacts(app, runtime)
  serveTraceFile(app, runtime)
  serveVersion(app)
  // Clients fall back to older calls on this code alone.
  const unknown = ['/api/2.0/*', '/api/3.0/*', '/ajax-api/2.0/*', '/ajax-api/3.0/*', '/graphql', '/gateway/*']
  for (const url of unknown) {
    app.all(url, (request) => {
      const path = request.url.split('?')[0] ?? ''
      throw new MlflowError('ENDPOINT_NOT_FOUND', `Millrace does not speak ${request.method} ${path} yet.`)
    })
  }
}
