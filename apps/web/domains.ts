import { accessWeb } from '@millrace/access/web'
import { auditWeb } from '@millrace/audit/web'
import { collaborationWeb } from '@millrace/collaboration/web'
import { datasetsWeb } from '@millrace/datasets/web'
import { deliveryWeb } from '@millrace/delivery/web'
import { experimentTrackingWeb } from '@millrace/experiment-tracking/web'
import { governanceWeb } from '@millrace/governance/web'
import { hyperparameterOptimizationWeb } from '@millrace/hyperparameter-optimization/web'
import { lineageWeb } from '@millrace/lineage/web'
import { modelRegistryWeb } from '@millrace/model-registry/web'
import { modelServingWeb } from '@millrace/model-serving/web'
import { monitoringWeb } from '@millrace/monitoring/web'
import { pipelinesWeb } from '@millrace/pipelines/web'
import type { WebManifest } from '@millrace/ui/shell'

/** The domains whose pages are part of the application, in the order of the map. */
export const domains: readonly WebManifest[] = [
  accessWeb,
  auditWeb,
  lineageWeb,
  collaborationWeb,
  datasetsWeb,
  experimentTrackingWeb,
  modelRegistryWeb,
  hyperparameterOptimizationWeb,
  pipelinesWeb,
  modelServingWeb,
  monitoringWeb,
  governanceWeb,
  deliveryWeb,
]
