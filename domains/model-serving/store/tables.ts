import type { Generated } from 'kysely'

export interface EndpointRow {
  workspace: string
  id: string
  name: string
  model: string
  spec: string
  created_at_ms: number
  created_by: string
  deleted_at_ms: number | null
  /** The version that the followed alias named when it was last acted on. */
  followed_version_id: string | null
}

export interface DeploymentRow {
  workspace: string
  id: string
  endpoint: string
  version_id: string
  version: number
  role: 'champion' | 'canary' | 'variant' | 'shadow' | 'retired'
  weight: number
  state: 'loading' | 'ready' | 'draining' | 'stopped' | 'failed'
  reason: string | null
  rollout_id: string | null
  experiment_id: string | null
  created_at_ms: number
  ready_at_ms: number | null
  ended_at_ms: number | null
  created_by: string
}

export interface RolloutRow {
  workspace: string
  id: string
  endpoint: string
  version_id: string
  version: number
  champion_version_id: string
  champion_deployment_id: string
  deployment_id: string
  state: 'shadow' | 'canary' | 'promoted' | 'rolled_back'
  paused: number
  step: number
  plan: string
  verdicts: string
  predictions: number
  labels: number
  started_at_ms: number
  step_started_at_ms: number
  ended_at_ms: number | null
  reason: string | null
  started_by: string
}

export interface ExperimentRow {
  workspace: string
  id: string
  endpoint: string
  state: 'running' | 'concluded' | 'stopped'
  spec: string
  arms: string
  verdict: string
  /** How often a bandit has set its weights. */
  weighing: number
  weighed_at_ms: number
  started_at_ms: number
  ended_at_ms: number | null
  winner_version_id: string | null
  reason: string | null
  started_by: string
}

export interface WeighingRow {
  workspace: string
  experiment_id: string
  number: number
  at_ms: number
  arms: string
}

export interface FeedbackRow {
  workspace: string
  endpoint: string
  request_id: string
  row_number: number
  name: string
  value: number | null
  unit: string | null
  tags: string | null
  received_at_ms: number
  attributed: number
  deployment_id: string | null
  context_id: string | null
  context_step: number | null
}

export interface MinuteRow {
  workspace: string
  endpoint: string
  deployment_id: string
  minute_ms: number
  version: number
  requests: number
  rows: number
  errors: number
  runs: number
  cache_hits: number
  cache_misses: number
  latency: string
  queue: string
  batches: string
}

export interface ShadowRow {
  workspace: string
  endpoint: string
  deployment_id: string
  rows: number
  missed: number
  outputs: string
  updated_at_ms: number
}

export interface LogFileRow {
  workspace: string
  endpoint: string
  path: string
  day: string
  rows: number
  size_bytes: number
  min_request_id: string
  max_request_id: string
  min_event_ms: number
  max_event_ms: number
}

export interface LogCountRow {
  workspace: string
  endpoint: string
  deployment_id: string
  version_id: string
  version: number
  role: string
  rows: number
  requests: number
  max_event_ms: number
}

export interface LabelBatchRow {
  sequence: Generated<number>
  workspace: string
  endpoint: string
  received_at_ms: number
  event_time_ms: number
  rows: number
  min_request_id: string
  max_request_id: string
  body: string
}

export interface LabelFileRow {
  workspace: string
  endpoint: string
  path: string
  rows: number
  min_request_id: string
  max_request_id: string
}

export interface ServingTables {
  model_serving_endpoint: EndpointRow
  model_serving_deployment: DeploymentRow
  model_serving_rollout: RolloutRow
  model_serving_experiment: ExperimentRow
  model_serving_weighing: WeighingRow
  model_serving_feedback: FeedbackRow
  model_serving_minute: MinuteRow
  /** What shadows answered beside the answers that were given. */
  model_serving_shadow: ShadowRow
  /** Spool files that have been compacted but may still be there: written in the commit that makes their rows visible. */
  model_serving_spool_segment: { name: string; compacted_at_ms: number }
  model_serving_log_file: LogFileRow
  model_serving_log_count: LogCountRow
  /** Acknowledged ground truth that is not yet in a Parquet file. */
  model_serving_label_batch: LabelBatchRow
  model_serving_label_file: LabelFileRow
}
