import { operations } from '@millrace/kernel'
import { Done, endpoint } from '@millrace/contract'
import { aPerson, onEachStore, testKernel } from '@millrace/kernel/testing'
import { deleteEvidence, moveAlias, readVersionById, removeAlias } from '@millrace/model-registry'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { PolicySpec } from './contract.ts'
import {
  approve,
  evaluateGate,
  listApprovals,
  overrideCheck,
  putPolicy,
  readApproval,
  readCard,
  readPolicy,
  reject,
  requestApproval,
  revoke,
} from './domain.ts'
import { viewApprovals } from './actions/view-approvals.ts'
import { aModel, aVersion, compare, crown, governanceDomains } from './testing/a-governed-model.ts'

const cy = { as: aPerson('cy') }
const di = { as: aPerson('di') }
const spec: Partial<PolicySpec> = {
  models: ['flight-delay'],
  checks: [
    { name: 'beats-champion', kind: 'better_than_champion', metric: 'log_loss', confidence: 0.95 },
    { name: 'signature', kind: 'signature_present', confidence: 0.95 },
  ],
}
const subject = (id: string) => ({ kind: 'model-version' as const, id })

// model-serving asks this guard; here an action does nothing else.
const { action } = operations(() => ({}))
const deploy = action(
  endpoint({
    name: 'model-serving.deploy',
    method: 'POST',
    path: '/deploy',
    summary: 'Deploys',
    needs: { permission: 'model-serving:write' },
    input: z.object({ versionId: z.string() }),
    output: Done,
  }),
  async ({ guard, input, actor }) => {
    await guard('model-serving.deploy', { endpoint: 'e', model: 'flight-delay', ...input, actor })
    return { answer: {}, audit: 'unchanged' }
  },
)

onEachStore((openStore) => {
  const start = async (policy: Partial<PolicySpec> = spec, tier: 'low' | 'high' = 'high') => {
    const t = await testKernel({ database: await openStore(), domains: governanceDomains })
    await aModel(t, 'flight-delay', tier)
    await t.act(putPolicy, { name: 'flights', ...policy })
    return t
  }
  /** A champion v1 and a candidate v2 that is better by evidence. */
  const withCandidate = async (
    difference = 0.0042,
    policy: Partial<PolicySpec> = spec,
    tier: 'low' | 'high' = 'high',
  ) => {
    const t = await testKernel({ database: await openStore(), domains: governanceDomains })
    await aModel(t, 'flight-delay', tier)
    const champion = await aVersion(t)
    await crown(t, champion)
    await t.act(putPolicy, { name: 'flights', ...policy })
    const candidate = await aVersion(t)
    const evidence = await compare(t, candidate.id, champion.id, { difference, standardError: 0.0003 })
    await t.deliver()
    return { t, champion: champion.id, candidate: candidate.id, evidence }
  }

  describe('a policy', () => {
    it('answers what was put, defaults filled; the same again changes nothing', async () => {
      const t = await start()
      const before = t.auditTrail.length
      const { spec: kept } = await t.ask(readPolicy, { name: 'flights' })
      expect(kept).toMatchObject({
        ...spec,
        tiers: [],
        guardedAliases: ['champion'],
        approvals: { count: 1, separationOfDuties: true },
      })
      await t.act(putPolicy, { name: 'flights', ...kept })
      expect(t.auditTrail).toHaveLength(before)
    })
    it('refuses to govern a model that is under another', async () => {
      const t = await start()
      await expect(t.act(putPolicy, { name: 'other', models: ['flight-delay'] })).rejects.toThrow(
        'is under the policy "flights" already',
      )
      await expect(
        t.act(putPolicy, { name: 'bad', checks: [{ name: 'a', kind: 'metric_at_least' }] }),
      ).rejects.toMatchObject({ status: 400 })
    })
  })

  describe('a gate', () => {
    it('passes a better candidate by evidence, and says by how much', async () => {
      const { t, candidate, evidence } = await withCandidate()
      const gate = await t.act(evaluateGate, { id: candidate })
      expect(gate).toMatchObject({
        verdict: 'pass',
        overridden: false,
        checks: [
          {
            name: 'beats-champion',
            verdict: 'pass',
            evidenceId: evidence,
            sentence: 'log loss lower by 0.0042 ± 0.0003 over 169,723 rows of flights-holdout@2001-05',
          },
          { name: 'signature', verdict: 'pass' },
        ],
      })
      expect(await t.act(evaluateGate, { id: candidate })).toEqual(gate)
      expect(await t.events('governance.gate.evaluated')).toHaveLength(1)
    })
    it('says that no policy applies to a model nobody named', async () => {
      const t = await start({ models: ['another'] })
      await expect(t.act(evaluateGate, { id: (await aVersion(t)).id })).rejects.toMatchObject({
        code: 'governance/no-policy-applies',
      })
    })
    it('changes its mind when the champion changes', async () => {
      const { t, candidate } = await withCandidate(0.0042, { ...spec, guardedAliases: [] })
      await crown(t, await aVersion(t))
      expect(await t.act(evaluateGate, { id: candidate })).toMatchObject({ verdict: 'not_enough_evidence' })
    })
  })

  describe('an override', () => {
    it('lets a worse candidate pass, audited with its reason, and stays on gate and card', async () => {
      const { t, candidate } = await withCandidate(-0.0042)
      expect(await t.act(evaluateGate, { id: candidate })).toMatchObject({ verdict: 'fail' })
      await expect(t.act(requestApproval, { subject: subject(candidate) })).rejects.toThrow(
        'beats-champion: log loss higher by 0.0042',
      )
      const made = await t.act(overrideCheck, {
        id: candidate,
        check: 'beats-champion',
        reason: 'to see the canary stop it',
      })
      expect(made.gate).toMatchObject({
        verdict: 'pass',
        overridden: true,
        checks: [{ verdict: 'fail', override: { by: 'ann' } }, {}],
      })
      expect(t.auditTrail.at(-1)).toMatchObject({
        action: 'governance.override-check',
        reason: 'to see the canary stop it',
      })
      expect(await t.ask(readCard, { id: candidate })).toMatchObject({
        overrides: [{ check: 'beats-champion' }],
        gate: { overridden: true },
      })
      await expect(t.act(overrideCheck, { id: candidate, check: 'beats-champion', reason: 'again' })).rejects.toThrow(
        'nothing to override',
      )
      await expect(t.act(overrideCheck, { id: candidate, check: 'none', reason: 'x' })).rejects.toMatchObject({
        status: 404,
      })
      await expect(t.act(overrideCheck, { id: candidate, check: 'signature', reason: '  ' })).rejects.toMatchObject({
        status: 400,
      })
    })
  })

  describe('an approval', () => {
    it('waits for a person, who may not be the author, then approves version, alias and deployment', async () => {
      const { t, candidate } = await withCandidate()
      const deployment = { versionId: candidate }
      await expect(t.act(deploy, deployment)).rejects.toThrow(
        'flight-delay v2 may not be deployed under the policy "flights": its gate was not evaluated and no approval was asked for.',
      )
      const asked = await t.act(requestApproval, { subject: subject(candidate) }, cy)
      await t.deliver()
      expect(await t.ask(readVersionById, { id: candidate })).toMatchObject({ approval: 'pending' })
      await expect(t.act(deploy, deployment)).rejects.toThrow('its approval waits for 1 of 1 people')
      await expect(t.act(approve, { id: asked.id })).rejects.toThrow('You wrote v2. Someone else must approve it.')
      await expect(t.act(approve, { id: asked.id }, cy)).rejects.toThrow('You asked for the approval of v2.')
      const given = await t.act(approve, { id: asked.id, reason: 'fine' }, di)
      expect(given).toMatchObject({ state: 'approved', sentence: 'Approved by di.' })
      expect(await t.ask(readVersionById, { id: candidate })).toMatchObject({ approval: 'approved' })
      await t.act(deploy, deployment)
      await t.act(moveAlias, { name: 'flight-delay', alias: 'champion', version: 2 })
      const card = await t.ask(readCard, { id: candidate })
      expect(card.frozen).toMatchObject([{ approvalId: asked.id, digest: given.pins }])
      expect(t.edges.filter(({ to }) => ['approval', 'model-card'].includes(to.kind))).toMatchObject([
        { from: { kind: 'model-version', id: candidate }, type: 'approved_by' },
        { from: { kind: 'model-version', id: candidate }, type: 'validated_by' },
      ])
      expect((await t.events('governance.approval.decided')).at(-1)?.payload).toEqual({
        id: asked.id,
        subject: subject(candidate),
        state: 'approved',
      })
    })
    it('is given by Millrace itself for the low risk tier, with its sentence', async () => {
      const { t, candidate } = await withCandidate(
        0.0042,
        { ...spec, approvals: { count: 1, automaticForTier: ['low'], separationOfDuties: true, expiresAfterMs: null } },
        'low',
      )
      const asked = await t.act(requestApproval, { subject: subject(candidate) })
      await t.deliver()
      const given = await t.ask(readApproval, { id: asked.id })
      expect(given).toMatchObject({ state: 'approved', decisions: [{ by: 'system:governance' }] })
      expect(given.sentence).toBe('Approved automatically: the policy "flights" asks no person for flight-delay.')
      expect(await t.ask(readVersionById, { id: candidate })).toMatchObject({ approval: 'approved' })
    })
    it('is one request however often it is asked for, until it ends', async () => {
      const { t, candidate } = await withCandidate()
      const first = await t.act(requestApproval, { subject: subject(candidate) })
      expect(await t.act(requestApproval, { subject: subject(candidate) }, cy)).toEqual(first)
      await t.act(reject, { id: first.id, reason: 'no' }, di)
      expect(await t.ask(readVersionById, { id: candidate })).toMatchObject({ approval: 'rejected' })
      expect((await t.act(requestApproval, { subject: subject(candidate) })).id).not.toBe(first.id)
      expect((await t.ask(listApprovals, { versionId: candidate })).items).toHaveLength(2)
      const page = await t.ask(listApprovals, { limit: 1 })
      const rest = await t.ask(listApprovals, { limit: 1, pageToken: page.nextPageToken })
      expect([...page.items, ...rest.items].map(({ id }) => id).toSorted()).toEqual(
        (await t.ask(listApprovals, {})).items.map(({ id }) => id).toSorted(),
      )
    })
    it('is drawn for the reader, who sees whether they may decide and why not', async () => {
      const { t, candidate } = await withCandidate()
      const asked = await t.act(requestApproval, { subject: subject(candidate), reason: 'better in May' }, cy)
      const mine = await t.ask(viewApprovals, {}, di)
      expect(mine).toMatchObject({ waiting: 1, mine: 1, items: [{ id: asked.id, given: 0, required: 1 }] })
      expect(mine.chosen).toMatchObject({ mayDecide: true, refusal: null, needs: [{ state: 'ok' }, { state: 'ok' }] })
      const cys = await t.ask(viewApprovals, { chosen: asked.id }, cy)
      expect(cys).toMatchObject({
        mine: 0,
        chosen: { mayDecide: false, refusal: 'You asked for the approval of v2. Someone else must approve it.' },
      })
      const pins = mine.chosen?.pins
      expect(await t.act(approve, { id: asked.id }, di)).toMatchObject({ pins })
      expect(await t.ask(viewApprovals, { shown: 'decided' })).toMatchObject({
        waiting: 0,
        items: [{ state: 'approved', given: 1 }],
      })
    })
    it('looks at the gate again before it is given', async () => {
      const { t, candidate, evidence } = await withCandidate()
      const asked = await t.act(requestApproval, { subject: subject(candidate) })
      await t.act(deleteEvidence, { id: evidence })
      await expect(t.act(approve, { id: asked.id }, di)).rejects.toThrow(
        'does not pass its gate: beats-champion: no comparison with the champion v1',
      )
    })
    it('lets one of two racing people give it', async () => {
      const { t, candidate } = await withCandidate()
      const asked = await t.act(requestApproval, { subject: subject(candidate) })
      const results = await Promise.allSettled(
        ['x', 'y', 'z'].map((name) => t.act(approve, { id: asked.id }, { as: aPerson(name) })),
      )
      expect(results.filter((result) => result.status === 'fulfilled')).toHaveLength(1)
      expect(await t.events('governance.approval.decided')).toHaveLength(1)
    })
    it('expires by itself', async () => {
      const { t, candidate } = await withCandidate()
      const asked = await t.act(requestApproval, { subject: subject(candidate) })
      await t.deliver()
      await t.kernel.chores.runNow('governance.expire-approvals')
      expect((await t.ask(readApproval, { id: asked.id })).state).toBe('requested')
      t.clock.advance(8 * 24 * 3_600_000)
      await t.kernel.chores.runNow('governance.expire-approvals')
      expect((await t.ask(readApproval, { id: asked.id })).state).toBe('expired')
      expect(await t.ask(readVersionById, { id: candidate })).toMatchObject({ approval: 'none' })
    })
    it('can be taken back, and then nothing may be deployed again', async () => {
      const { t, candidate } = await withCandidate()
      const asked = await t.act(requestApproval, { subject: subject(candidate) })
      await t.act(approve, { id: asked.id }, di)
      await t.act(revoke, { id: asked.id, reason: 'found a leak' }, di)
      await expect(t.act(deploy, { versionId: candidate })).rejects.toThrow('its approval is revoked by di')
    })
  })

  describe('a guarded alias', () => {
    it('refuses a version that is not approved, with what it lacks, and removal', async () => {
      const { t, candidate } = await withCandidate(-0.0042)
      await t.act(evaluateGate, { id: candidate })
      const move = (alias: string) => t.act(moveAlias, { name: 'flight-delay', alias, version: 2 })
      await expect(move('champion')).rejects.toMatchObject({ status: 403, code: 'governance/not-approved' })
      await expect(move('champion')).rejects.toThrow(
        'may not become "champion" under the policy "flights": its gate does not pass (beats-champion: log loss higher',
      )
      await expect(t.act(removeAlias, { name: 'flight-delay', alias: 'champion' })).rejects.toThrow('guarded')
      await move('challenger')
    })
    it('is free for models that no policy applies to', async () => {
      const t = await start()
      await aModel(t, 'free')
      const version = await aVersion(t, 'free')
      await crown(t, version)
      expect(await t.act(deploy, { versionId: version.id })).toEqual({})
    })
  })

  describe('a model card', () => {
    it('links each figure to its evidence, and reads "not measured" when that is removed', async () => {
      const { t, candidate, evidence } = await withCandidate()
      const card = await t.ask(readCard, { id: candidate })
      const measured = card.figures.filter((figure) => figure.value !== 'not measured')
      expect(measured.map(({ label, value, evidenceId }) => ({ label, value, evidenceId }))).toEqual([
        {
          label: 'log loss against v1 on flights-holdout@2001-05',
          value: 'better by 0.0042 ± 0.0003 over 169,723 rows',
          evidenceId: evidence,
        },
        {
          label: 'log loss on flights-holdout@2001-05',
          value: '0.3634 ± 0.0008 over 169,723 rows',
          evidenceId: evidence,
        },
      ])
      expect(
        card.figures.filter((figure) => figure.value === 'not measured').every((figure) => figure.evidenceId === null),
      ).toBe(true)
      await t.act(deleteEvidence, { id: evidence })
      const after = await t.ask(readCard, { id: candidate })
      expect(after.figures.map(({ label }) => label)).toEqual(
        expect.arrayContaining(measured.map(({ label }) => label)),
      )
      expect(new Set(after.figures.map(({ value, evidenceId }) => `${value} ${evidenceId}`))).toEqual(
        new Set(['not measured null']),
      )
      expect(after.digest).not.toBe(card.digest)
    })
  })
})
