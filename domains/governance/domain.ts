import { ref } from '@millrace/contract'
import type { Domain, Runtime } from '@millrace/kernel'
import { on, systemActor } from '@millrace/kernel'
import { admitApproval, approve, expireApproval, reject, revoke } from './actions/decide-approval.ts'
import { approvalNode, modelCardNode } from './actions/describe-nodes.ts'
import { evaluateGate, readGate } from './actions/evaluate-gate.ts'
import { guardAlias, guardDeploy } from './actions/guards.ts'
import { overrideCheck } from './actions/override-check.ts'
import { putPolicy } from './actions/put-policy.ts'
import { listApprovals, readApproval } from './actions/read-approvals.ts'
import { readCard } from './actions/read-card.ts'
import { listPolicies, readPolicy } from './actions/read-policies.ts'
import { rememberFigures } from './actions/remember-figures.ts'
import { requestApproval } from './actions/request-approval.ts'
import { evidenceAttached } from '@millrace/model-registry/contract'
import { viewApprovals } from './actions/view-approvals.ts'
import { approvalRequested } from './contract.ts'
import { governanceStore, overdueApprovals } from './store/governance-store.ts'
import * as createTables from './store/migrations/0001-create-governance.ts'

export { evaluateGate } from './actions/evaluate-gate.ts'
export { overrideCheck } from './actions/override-check.ts'
export { putPolicy } from './actions/put-policy.ts'
export { approve, reject, revoke } from './actions/decide-approval.ts'
export { listApprovals, readApproval } from './actions/read-approvals.ts'
export { readCard } from './actions/read-card.ts'
export { readPolicy } from './actions/read-policies.ts'
export { requestApproval } from './actions/request-approval.ts'

/** Governance: may it be used. Gates by evidence, approvals by people, cards of what was measured. */
export function createGovernance(runtime: Runtime): Domain {
  const { runner } = runtime
  const as = (workspace: string) => ({ actor: systemActor('governance'), workspace })
  return {
    name: 'governance',
    migrations: { '0001-create-governance': createTables },
    operations: [
      putPolicy,
      readPolicy,
      listPolicies,
      evaluateGate,
      readGate,
      overrideCheck,
      readCard,
      requestApproval,
      listApprovals,
      readApproval,
      approve,
      reject,
      revoke,
      viewApprovals,
    ],
    listens: [
      // A person who may ask may not write a version's approval; Millrace does, after the commit.
      on(approvalRequested, 'admit-approval', async ({ id }, event) => {
        await runner.act(admitApproval, { id }, as(event.workspace))
      }),
      on(evidenceAttached, 'remember-figures', async ({ versionId }, event) => {
        await runner.act(rememberFigures, { id: versionId }, as(event.workspace))
      }),
    ],
    chores: [
      {
        name: 'governance.expire-approvals',
        everyMs: 60_000,
        run: async () => {
          for (const { workspace, id } of await overdueApprovals(runtime.database.reader, runtime.nowMs())) {
            await runner.act(expireApproval, { id }, as(workspace))
          }
        },
      },
    ],
    guards: { 'model-registry.move-alias': guardAlias, 'model-serving.deploy': guardDeploy },
    nodeKinds: [approvalNode, modelCardNode],
    resources: [
      { kind: 'policy', parent: async () => undefined },
      {
        kind: 'approval',
        parent: async (scope, id) => {
          const approval = await governanceStore(scope.db, scope.workspace).approvals.find(id)
          return approval === undefined ? undefined : ref('model-version', approval.subject.id)
        },
      },
    ],
  }
}
