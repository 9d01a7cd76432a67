import type { Ref } from '@millrace/contract'
import { ref } from '@millrace/contract'
import type { NodeKind, ResourceKind, Scope } from '@millrace/kernel'
import { storeOf } from '../store/monitoring-store.ts'

/** How this domain's lineage nodes read. */
export const nodeKinds: readonly NodeKind[] = [
  {
    kind: 'monitor',
    describe: async (scope, ids) =>
      (await store(scope).monitors.byIds(ids)).map(({ id, name, spec, reference }) => ({
        id,
        title: name,
        fact: `watches ${spec.endpoint} against ${reference.dataset}@${reference.version}`,
        href: `/monitors/${name}`,
      })),
  },
  {
    kind: 'window',
    describe: async (scope, ids) =>
      (await store(scope).windows.byIds(ids)).map(({ id, monitor, fromMs, toMs, rows, coverage }) => ({
        id,
        title: `${monitor}, ${iso(fromMs)} to ${iso(toMs)}`,
        fact: `${rows.toLocaleString('en-US')} rows, ${Math.round(coverage * 100)} % with ground truth`,
        href: `/monitors/${monitor}`,
      })),
  },
  {
    kind: 'alert',
    describe: async (scope, ids) =>
      (await store(scope).alerts.byIds(ids)).map(({ id, rule, monitor, sentence, state }) => ({
        id,
        title: `Alert of ${rule}`,
        fact: sentence,
        href: `/monitors/${monitor}`,
        state,
      })),
  },
  {
    kind: 'incident',
    describe: async (scope, ids) =>
      (await store(scope).incidents.byIds(ids)).map(({ id, title, severity, state }) => ({
        id,
        title,
        fact: severity,
        href: `/incidents/${id}`,
        state,
      })),
  },
]

/** Where permissions on this domain's entities are inherited from. */
export const resources: readonly ResourceKind[] = [
  // A monitor is named by its name here, as its paths do.
  { kind: 'monitor', parent: async () => undefined },
  { kind: 'window', parent: async (scope, id) => monitorOf((await store(scope).windows.byIds([id]))[0]) },
  { kind: 'alert', parent: async (scope, id) => monitorOf(await store(scope).alerts.find(id)) },
  { kind: 'incident', parent: async (scope, id) => monitorOf(await store(scope).incidents.find(id)) },
]

function store(scope: Scope) {
  return storeOf(scope.db, scope.workspace)
}

function monitorOf(found: { readonly monitor: string } | undefined): Ref | undefined {
  return found === undefined ? undefined : ref('monitor', found.monitor)
}

function iso(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ')
}
