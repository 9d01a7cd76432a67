import type { GrantRow } from '@millrace/access'
import type { Ref } from '@millrace/contract'
import { ref } from '@millrace/contract'
import { invalid } from '../wire/mlflow-error.ts'
import { experimentRef } from '../routes/tracking/experiments.ts'

/** MLflow's levels as a role and an effect of ours. NO_PERMISSIONS keeps out as DENY does; only its name is older. */
const levels: Readonly<Record<string, Pick<GrantRow, 'role' | 'effect'>>> = {
  READ: { role: 'viewer', effect: 'allow' },
  USE: { role: 'caller', effect: 'allow' },
  EDIT: { role: 'editor', effect: 'allow' },
  MANAGE: { role: 'admin', effect: 'allow' },
  NO_PERMISSIONS: { role: 'admin', effect: 'deny' },
  DENY: { role: 'admin', effect: 'deny' },
}

/** MLflow's kinds of things as ours; those it may name by id come first. */
const kinds: Readonly<Record<string, string>> = {
  experiment: 'experiment',
  registered_model: 'model',
  prompt: 'model',
  scorer: 'scorer',
  gateway_secret: 'gateway-secret',
  gateway_endpoint: 'gateway-endpoint',
  gateway_model_definition: 'gateway-model-definition',
  mcp_server: 'mcp-server',
  workspace: 'workspace',
  run: 'run',
  trace: 'trace',
  assessment: 'assessment',
  logged_model: 'logged-model',
  review_queue: 'review-queue',
  registered_model_version: 'model-version',
  prompt_version: 'model-version',
  scorer_version: 'scorer-version',
  mcp_server_version: 'mcp-server-version',
}
const wildcardOnly = new Set(Object.keys(kinds).slice(Object.keys(kinds).indexOf('workspace')))

/** Names of models by their ids. */
export type ModelNames = ReadonlyMap<string, string>

/** The role and effect of a level. Throws MLflow's sentence for a word that is none, or none of `accepted`. */
export function grantOfLevel(
  level: string,
  accepted: readonly string[] = Object.keys(levels),
): Pick<GrantRow, 'role' | 'effect'> {
  const found = levels[level]
  if (found === undefined || !accepted.includes(level))
    throw invalid(`Invalid permission '${level}'. Valid permissions are: ('${accepted.join("', '")}')`)
  return found
}

/** The level of a grant; `denied` is the word for one that keeps out. */
export function levelOf({ role, effect }: Pick<GrantRow, 'role' | 'effect'>, denied = 'DENY'): string {
  if (effect === 'deny') return denied
  return Object.keys(levels).find((level) => levels[level]?.role === role) ?? 'READ'
}

/** The thing that MLflow names by type and id (or `*`). Throws its sentences for what cannot be named so. */
export function refOf(type: string, id: string): Ref {
  const kind = kinds[type]
  if (kind === undefined)
    throw invalid(
      `Invalid resource type '${type}'. Valid resource types are: ('${Object.keys(kinds).toSorted().join("', '")}')`,
    )
  if (id !== '*' && wildcardOnly.has(type))
    throw invalid(
      `Invalid resource_pattern '${id}' for resource_type='${type}'. This resource type supports only wildcard ('*') grants.`,
    )
  return ref(kind, type === 'experiment' && id !== '*' ? experimentRef(id) : id)
}

/** What a grant is on, in MLflow's words. */
export function resourceOf(grant: GrantRow, names: ModelNames): { resource_type: string; resource_pattern: string } {
  const type = Object.keys(kinds).find((key) => kinds[key] === grant.on_kind) ?? grant.on_kind
  if (type === 'workspace') return { resource_type: type, resource_pattern: '*' }
  if (type === 'experiment') return { resource_type: type, resource_pattern: grant.on_id.replace(/^#/, '') }
  return { resource_type: type, resource_pattern: names.get(grant.on_id) ?? grant.on_id }
}
