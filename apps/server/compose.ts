import { fileURLToPath } from 'node:url'
import { createAccess, createAuthenticate, createAuthorizer, issueJobToken } from '@millrace/access'
import { auditSink, createAudit } from '@millrace/audit'
import { createCollaboration } from '@millrace/collaboration'
import { createCompute } from '@millrace/compute'
import { createDatasets } from '@millrace/datasets'
import { createExperimentTracking } from '@millrace/experiment-tracking'
import { createDelivery } from '@millrace/delivery'
import { createGovernance } from '@millrace/governance'
import { createHyperparameterOptimization } from '@millrace/hyperparameter-optimization'
import type { Domain, KernelOptions, Runtime } from '@millrace/kernel'
import { createLineage, lineageSink } from '@millrace/lineage'
import { createMlflowDialect, mlflowWebhookFormat } from '@millrace/mlflow'
import { createModelRegistry } from '@millrace/model-registry'
import { createModelServing } from '@millrace/model-serving'
import { createMonitoring } from '@millrace/monitoring'
import { createOtlpDialect } from '@millrace/otlp'
import { createPipelines } from '@millrace/pipelines'
import { createTraces } from '@millrace/traces'
import { pythonFor } from './python-for.ts'
import { runSource } from './run-source.ts'

/** The kernel's ports, as the first three domains implement them. */
export const composePorts: KernelOptions['ports'] = (registries) => ({
  authorizer: createAuthorizer(registries),
  authenticate: createAuthenticate(registries),
  audit: auditSink,
  lineage: lineageSink,
})

/** All domains in the order of the map: one may use those before it, never those behind it. Dialects follow. */
export function composeDomains(runtime: Runtime): readonly Domain[] {
  const compute = createCompute(runtime, { issueJobToken })
  const serving = createModelServing(runtime, {
    dataPlaneEntry: fileURLToPath(new URL('./data-plane.ts', import.meta.url)),
    pythonFor: (modelPath) => pythonFor(runtime, modelPath),
  })
  return [
    createAccess(runtime),
    createAudit(runtime),
    createLineage(runtime),
    createCollaboration(runtime, {
      formats: { mlflow: mlflowWebhookFormat({ workspaces: runtime.config.enableWorkspaces }) },
      runs: runSource(runtime),
    }),
    createDatasets(runtime),
    compute,
    createExperimentTracking(runtime),
    createTraces(runtime),
    createModelRegistry(runtime),
    createHyperparameterOptimization(runtime),
    createPipelines(runtime, { compute }),
    serving,
    createMonitoring(runtime, { predictions: serving }),
    createGovernance(runtime),
    createDelivery(runtime),
    createMlflowDialect(runtime),
    createOtlpDialect(runtime),
  ]
}
