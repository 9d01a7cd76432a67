import { auditWeb } from '@millrace/audit/web'
import { experimentTrackingWeb } from '@millrace/experiment-tracking/web'
import { governanceWeb } from '@millrace/governance/web'
import { lineageWeb } from '@millrace/lineage/web'
import { modelRegistryWeb } from '@millrace/model-registry/web'
import { modelServingWeb } from '@millrace/model-serving/web'
import { monitoringWeb } from '@millrace/monitoring/web'
import type { WebManifest } from '@millrace/ui/shell'

/** The domains whose pages are part of the application, in the order of the map. */
export const domains: readonly WebManifest[] = [
  auditWeb,
  lineageWeb,
  experimentTrackingWeb,
  modelRegistryWeb,
  modelServingWeb,
  monitoringWeb,
  governanceWeb,
]
