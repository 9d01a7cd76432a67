import type { NodeKind, ResourceKind } from '@millrace/kernel'
import { ref } from '@millrace/contract'
import { experimentStore } from '../experiments/store/experiments.ts'
import { deploymentStore } from '../store/deployments.ts'
import { endpointStore } from '../store/endpoints.ts'
import { rolloutStore } from '../store/rollouts.ts'

/** How this domain's lineage nodes read. */
export const nodeKinds: readonly NodeKind[] = [
  {
    kind: 'endpoint',
    describe: async (scope, ids) => {
      const rows = await endpointStore(scope.db, scope.workspace).describe(ids)
      return rows.map(({ id, name, model, deleted_at_ms }) => ({
        id,
        title: name,
        fact: `serves ${model}`,
        href: `/endpoints/${name}`,
        ...(deleted_at_ms === null ? {} : { state: 'deleted' }),
      }))
    },
  },
  {
    kind: 'deployment',
    describe: async (scope, ids) => {
      const rows = await deploymentStore(scope.db, scope.workspace).byIds(ids)
      return rows.map(({ id, endpoint, version, role, weight, state }) => ({
        id,
        title: `${endpoint}, version ${version}`,
        href: `/endpoints/${endpoint}`,
        state,
        fact: role === 'retired' ? role : `${role}, ${weight} % of the traffic`,
      }))
    },
  },
  {
    kind: 'rollout',
    describe: async (scope, ids) => {
      const rows = await rolloutStore(scope.db, scope.workspace).byIds(ids)
      return rows.map(({ id, endpoint, version, state, reason }) => ({
        id,
        title: `Rollout of version ${version} to ${endpoint}`,
        href: `/endpoints/${endpoint}/rollouts/${id}`,
        state,
        ...(reason === null ? {} : { fact: reason }),
      }))
    },
  },
  {
    kind: 'traffic-experiment',
    describe: async (scope, ids) => {
      const rows = await experimentStore(scope.db, scope.workspace).byIds(ids)
      return rows.map(({ id, endpoint, state, reason }) => ({
        id,
        title: `Experiment at ${endpoint}`,
        href: `/endpoints/${endpoint}`,
        state,
        ...(reason === null ? {} : { fact: reason }),
      }))
    },
  },
]

/** Where permissions on this domain's entities are inherited from. Endpoints are named by name or id. */
export const resources: readonly ResourceKind[] = [
  {
    kind: 'endpoint',
    parent: async () => undefined,
    identity: async (scope, nameOrId) => {
      const endpoints = endpointStore(scope.db, scope.workspace)
      return ((await endpoints.find(nameOrId)) ?? (await endpoints.findById(nameOrId)))?.id
    },
  },
  {
    kind: 'rollout',
    parent: async (scope, id) => {
      const row = await rolloutStore(scope.db, scope.workspace).find(id)
      return row === undefined ? undefined : ref('endpoint', row.endpoint)
    },
  },
  {
    kind: 'traffic-experiment',
    parent: async (scope, id) => {
      const row = await experimentStore(scope.db, scope.workspace).find(id)
      return row === undefined ? undefined : ref('endpoint', row.endpoint)
    },
  },
  {
    kind: 'deployment',
    parent: async (scope, id) => {
      const row = await deploymentStore(scope.db, scope.workspace).find(id)
      return row === undefined ? undefined : ref('endpoint', row.endpoint)
    },
  },
]
