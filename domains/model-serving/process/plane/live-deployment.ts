import type { ModelRunner } from '../../model/model-runner.ts'
import type { PlaneDeployment, PlaneEndpoint } from '../../model/plane-snapshot.ts'
import type { Signature } from '../../model/tensor.ts'
import type { SpoolWriter } from '../log/spool-writer.ts'
import type { ServedModel } from './models/loaded-models.ts'
import type { AnsweringModel } from './plane-dialect.ts'
import { planeProblem } from './plane-problems.ts'
import type { BatchQueue, FinishedBatch } from './run/batch-queue.ts'
import { createBatchQueue } from './run/batch-queue.ts'
import type { LoopTurn } from './run/loop-turn.ts'
import type { RawQueue } from './run/raw-queue.ts'
import { createRawQueue } from './run/raw-queue.ts'
import { recordBatch } from './run/record-batch.ts'
import type { DeploymentTally } from './statistics/deployment-tally.ts'
import { ShadowTally } from './statistics/shadow-tally.ts'

export interface LiveDeploymentParts {
  readonly endpoint: PlaneEndpoint
  readonly deployment: PlaneDeployment
  readonly model: ServedModel
  readonly wake: (model: ServedModel) => Promise<ModelRunner>
  readonly tally: DeploymentTally
  /** For models that compute on this process's loop. */
  readonly turn: LoopTurn
  readonly spool: SpoolWriter
  readonly nowMs: () => number
}

/** A deployment's model in use: what requests of one runner share. */
export interface ModelInUse {
  readonly runner: ModelRunner
  readonly answering: AnsweringModel
  readonly queue: BatchQueue
  readonly raw: RawQueue
  /** Writes a finished batch into the log. Throws `not-logged`. */
  readonly record: (batch: FinishedBatch) => void
}

/** A deployment that takes requests. Its model may have left memory; the next request brings it back. */
export class LiveDeployment {
  readonly id: string
  readonly versionId: string
  readonly version: number
  readonly role: PlaneDeployment['role']
  readonly weight: number
  readonly tally: DeploymentTally
  readonly parts: LiveDeploymentParts
  readonly #model: ServedModel
  #inUse: ModelInUse | undefined

  constructor(parts: LiveDeploymentParts) {
    const { deployment, model, tally } = parts
    this.id = deployment.id
    this.versionId = deployment.versionId
    this.version = deployment.version
    this.role = deployment.role
    this.weight = deployment.weight
    this.tally = tally
    this.parts = parts
    this.#model = model
    if (this.role === 'shadow') tally.shadow ??= new ShadowTally()
  }

  /** Undefined before the first load of a model on demand. */
  described(): { readonly signature: Signature; readonly platform: string } | undefined {
    const { report, runner } = this.#model
    return runner ?? (report?.ok === true ? report : undefined)
  }

  /** The model, which stays in memory until `leave`; a promise where it must be loaded first. Throws `model-not-loaded`. */
  enter(): ModelInUse | Promise<ModelInUse> {
    this.#model.users += 1
    this.#model.lastUsedMs = this.parts.nowMs()
    const { runner } = this.#model
    return runner === undefined ? this.#wake() : this.#with(runner)
  }

  leave(): void {
    this.#model.users -= 1
  }

  /** Requests that wait for a run. */
  waiting(): number {
    return this.#inUse?.queue.waiting() ?? 0
  }

  /** Resolves when nothing waits for the model and nothing runs on it. */
  async idle(): Promise<void> {
    await this.#inUse?.queue.idle()
    await this.#inUse?.raw.idle()
  }

  /** Only runs that come back by themselves take turns: one that hung would hold up all models. */
  #turn(): LoopTurn | undefined {
    const { report, source } = this.#model
    const isOnLoop = source?.format === 'onnx' && report?.ok === true && !report.threaded
    return isOnLoop ? this.parts.turn : undefined
  }

  async #wake(): Promise<ModelInUse> {
    try {
      return this.#with(await this.parts.wake(this.#model))
    } catch (error) {
      this.leave()
      const reason = error instanceof Error ? error.message : String(error)
      throw planeProblem['model-not-loaded']({ name: this.parts.endpoint.name, reason }, error)
    }
  }

  /** A model leaves memory only while nobody uses it, so the queue of a runner that has left is empty. */
  #with(runner: ModelRunner): ModelInUse {
    if (this.#inUse?.runner === runner) return this.#inUse
    const { endpoint, tally } = this.parts
    const { signature, platform, parallel = 1 } = runner
    const { maxQueue: maxWaiting, maxBatchRows: maxRows, maxBatchDelayMs: maxDelayMs } = endpoint.limits ?? {}
    const takesRaw = runner.invoke !== undefined
    const record = recordBatch({ ...this.parts, signature })
    this.#inUse = {
      runner,
      record,
      answering: { signature, platform, takesRaw, rawOnly: takesRaw && signature.inputs.length === 0 },
      queue: createBatchQueue({ runner, record, tally, maxWaiting, maxRows, maxDelayMs, turn: this.#turn() }),
      raw: createRawQueue(parallel, maxWaiting),
    }
    return this.#inUse
  }
}
