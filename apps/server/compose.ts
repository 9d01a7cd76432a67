import { fileURLToPath } from 'node:url'
import { createAccess, createAuthenticate, createAuthorizer, issueJobToken } from '@millrace/access'
import { auditSink, createAudit } from '@millrace/audit'
import { createCompute } from '@millrace/compute'
import { createDatasets } from '@millrace/datasets'
import { createExperimentTracking } from '@millrace/experiment-tracking'
import { createDelivery } from '@millrace/delivery'
import { createGovernance } from '@millrace/governance'
import { createHyperparameterOptimization } from '@millrace/hyperparameter-optimization'
import type { Domain, KernelOptions, Runtime } from '@millrace/kernel'
import { createLineage, lineageSink } from '@millrace/lineage'
import { createMlflowDialect } from '@millrace/mlflow'
import { createModelRegistry } from '@millrace/model-registry'
import { createModelServing } from '@millrace/model-serving'
import { createMonitoring } from '@millrace/monitoring'
import { createPipelines } from '@millrace/pipelines'

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
  })
  return [
    createAccess(runtime),
    createAudit(runtime),
    createLineage(runtime),
    createDatasets(runtime),
    compute,
    createExperimentTracking(runtime),
    createModelRegistry(runtime),
    createHyperparameterOptimization(runtime),
    createPipelines(runtime, { compute }),
    serving,
    createMonitoring(runtime, { predictions: serving }),
    createGovernance(runtime),
    createDelivery(runtime),
    createMlflowDialect(runtime),
  ]
}
