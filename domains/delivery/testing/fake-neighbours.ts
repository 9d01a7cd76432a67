import type { Approval, Gate } from '@millrace/governance/contract'
import { Problem } from '@millrace/contract'
import type { Neighbours } from '../actions/neighbours.ts'
import type { OpenIncident } from '../model/consider-trigger.ts'
import type { ServingSeen, TrainingSeen } from '../model/observe.ts'

/** A world beside delivery in which a test decides what happens. Everything has the id its maker gave it, in order. */
export class FakeNeighbours implements Neighbours {
  readonly runs = new Map<string, TrainingSeen & { readonly parameters: unknown; readonly release: string }>()
  readonly approvals = new Map<string, Approval>()
  readonly servings = new Map<string, ServingSeen>()
  readonly served: string[] = []
  readonly overridden: string[] = []
  incidents: OpenIncident[] = []
  verdict: Gate['verdict'] = 'pass'
  /** False: approvals wait for `decide`. */
  approvesItself = true
  /** True: the endpoint serves nothing yet. */
  isFirst = false
  /** Thrown by the next call of any kind, then forgotten. */
  nextError: Error | undefined

  startTraining: Neighbours['startTraining'] = async (_reach, release) => {
    this.#mayThrow()
    const known = [...this.runs.values()].find((run) => run.release === release.id)
    if (known !== undefined) return known
    const number = this.runs.size + 1
    const id = `prun_${number}`
    const run = { id, number, pipeline: release.spec.pipeline, state: 'running' as const, outputs: null, reason: null }
    this.runs.set(id, { ...run, parameters: release.parameters, release: release.id })
    return run
  }

  readTraining: Neighbours['readTraining'] = async (_reach, id) => {
    this.#mayThrow()
    return found(this.runs.get(id))
  }

  readVersion: Neighbours['readVersion'] = async (_reach, id) => {
    this.#mayThrow()
    if (!id.startsWith('ver_'))
      throw new Problem('model-registry/version-not-found', 404, `There is no model version ${id}.`)
    return {
      id,
      model: id.startsWith('ver_other') ? 'other' : 'flight-delay',
      version: Number(id.split('_').at(-1)) || 1,
    }
  }

  evaluateGate: Neighbours['evaluateGate'] = async (_reach, versionId, policy = 'flights') => {
    this.#mayThrow()
    const isOverridden = this.overridden.includes(versionId)
    const verdict = isOverridden ? 'pass' : this.verdict
    const override = isOverridden ? { id: 'ovr_1', reason: 'r', by: 'ann', atMs: 1 } : null
    const sentence = 'log loss lower by 0.0042 ± 0.0003 over 169,723 rows of flights-holdout@2001-05'
    const check = {
      name: 'beats-champion',
      kind: 'better_than_champion' as const,
      verdict: this.verdict,
      sentence,
      evidenceId: 'evd_1',
      override,
    }
    return {
      id: 'gate_1',
      versionId,
      policy,
      verdict,
      checks: [check],
      overridden: isOverridden,
      championVersionId: null,
      evaluatedAtMs: 1,
    }
  }

  overrideCheck: Neighbours['overrideCheck'] = async (_reach, { versionId }) => {
    this.#mayThrow()
    this.overridden.push(versionId)
  }

  requestApproval: Neighbours['requestApproval'] = async (_reach, release, gate) => {
    this.#mayThrow()
    const known = [...this.approvals.values()].find((approval) => approval.subject.id === gate.versionId)
    if (known !== undefined) return known
    const approval: Approval = {
      id: `apr_${this.approvals.size + 1}`,
      subject: {
        kind: 'model-version',
        id: gate.versionId,
      },
      model: release.model,
      version: 1,
      title: 't',
      policy: gate.policy,
      gateId: gate.id,
      state: this.approvesItself ? 'approved' : 'requested',
      reason: null,
      requestedBy: 'system:delivery',
      requestedByName: 'delivery',
      requestedAtMs: 1,
      versionBy: 'ann',
      required: 1,
      automatic: false,
      separationOfDuties: true,
      decisions: [],
      expiresAtMs: null,
      decidedAtMs: null,
      sentence: this.approvesItself ? 'Approved automatically.' : null,
      pins: null,
    }
    this.approvals.set(approval.id, approval)
    return approval
  }

  readApproval: Neighbours['readApproval'] = async (_reach, id) => {
    this.#mayThrow()
    return found(this.approvals.get(id))
  }

  serve: Neighbours['serve'] = async (_reach, { versionId }) => {
    this.#mayThrow()
    const kind = this.isFirst ? 'dep' : 'rol'
    const id = `${kind}_${versionId}`
    if (!this.servings.has(id)) {
      this.served.push(id)
      this.servings.set(id, { id, state: 'under_way', reason: null })
    }
    return this.isFirst ? { deploymentId: id } : { rolloutId: id }
  }

  readRollout: Neighbours['readRollout'] = async (_reach, id) => {
    this.#mayThrow()
    return found(this.servings.get(id))
  }

  readDeployment: Neighbours['readDeployment'] = async (_reach, _endpoint, id) => {
    this.#mayThrow()
    return found(this.servings.get(id))
  }

  openIncidents: Neighbours['openIncidents'] = async () => {
    this.#mayThrow()
    return this.incidents
  }

  /** Ends every run that goes on with a version. */
  finishTraining(versionId: unknown = 'ver_2', state: TrainingSeen['state'] = 'succeeded'): void {
    for (const [id, run] of this.runs) {
      if (run.state === 'running')
        this.runs.set(id, {
          ...run,
          state,
          outputs: { versionId },
          reason: state === 'failed' ? 'out of memory' : null,
        })
    }
  }

  decide(state: Approval['state'], sentence: string): void {
    for (const [id, approval] of this.approvals) {
      if (approval.state === 'requested') this.approvals.set(id, { ...approval, state, sentence })
    }
  }

  endServing(state: ServingSeen['state'], reason: string | null = null): void {
    for (const [id, serving] of this.servings) {
      if (serving.state === 'under_way') this.servings.set(id, { ...serving, state, reason })
    }
  }

  #mayThrow(): void {
    const error = this.nextError
    this.nextError = undefined
    if (error !== undefined) throw error
  }
}

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('The fake world was asked for what it never made.')
  return value
}
