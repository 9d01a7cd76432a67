import type { Database } from '@millrace/kernel/db'
import { specOf } from '../../actions/show.ts'
import type { EndpointSpec } from '../../contract.ts'
import { armsOf, experimentSpecOf } from '../../experiments/actions/show-experiment.ts'
import { servingOverview } from '../../store/serving-overview.ts'
import type { EndpointRow, ExperimentRow, RolloutRow } from '../../store/tables.ts'

/** A rollout or experiment that is under way: what its evidence is told apart by. */
export interface Trial {
  readonly id: string
  readonly workspace: string
  readonly endpoint: string
  readonly score: EndpointSpec['score']
  readonly arms: readonly string[]
  /** The arm that answered; undefined for one that does not count. */
  readonly armOf: (answered: { readonly role: string; readonly deploymentId: string }) => string | undefined
  /** False where feedback alone decides: then it is only remembered who answered what. */
  readonly keepsRequests: boolean
  readonly of:
    | { readonly kind: 'rollout'; readonly row: RolloutRow }
    | { readonly kind: 'experiment'; readonly row: ExperimentRow }
}

/** Everything under way in all workspaces. */
export async function openTrials(database: Database): Promise<Trial[]> {
  const overview = servingOverview(database.reader)
  const rollouts = await overview.openRollouts()
  const experiments = await overview.runningExperiments()
  if (rollouts.length + experiments.length === 0) return []
  const endpoints = new Map((await overview.endpoints()).map((row) => [keyOf(row.workspace, row.name), row]))
  const scoreOf = ({ workspace, endpoint }: { workspace: string; endpoint: string }) =>
    scoreOfRow(endpoints.get(keyOf(workspace, endpoint)))
  return [
    ...rollouts.map((row) => ofRollout(row, scoreOf(row))),
    ...experiments.map((row) => ofExperiment(row, scoreOf(row))),
  ]
}

function ofRollout(row: RolloutRow, score: EndpointSpec['score']): Trial {
  const { id, workspace, endpoint } = row
  return {
    id,
    workspace,
    endpoint,
    score,
    arms: ['champion', 'canary'],
    armOf: ({ role }) => (role === 'champion' ? 'champion' : 'canary'),
    keepsRequests: true,
    of: { kind: 'rollout', row },
  }
}

function ofExperiment(row: ExperimentRow, score: EndpointSpec['score']): Trial {
  const { id, workspace, endpoint } = row
  const arms = armsOf(row).map(({ deploymentId }) => deploymentId)
  return {
    id,
    workspace,
    endpoint,
    score,
    arms,
    armOf: ({ deploymentId }) => (arms.includes(deploymentId) ? deploymentId : undefined),
    keepsRequests: experimentSpecOf(row).metric.kind !== 'feedback',
    of: { kind: 'experiment', row },
  }
}

function keyOf(workspace: string, name: string): string {
  return `${workspace}/${name}`
}

function scoreOfRow(endpoint: EndpointRow | undefined): EndpointSpec['score'] {
  return endpoint === undefined ? { threshold: 0.5 } : specOf(endpoint).score
}
