import type { Analytics, Logger } from '@millrace/kernel'
import type { ExperimentJudgeOptions } from '../../experiments/process/judge-open-experiment.ts'
import { judgeOpenExperiment } from '../../experiments/process/judge-open-experiment.ts'
import type { EvidenceKeeper, WatchedTrial } from './evidence-keeper.ts'
import { createEvidenceKeeper } from './evidence-keeper.ts'
import type { RolloutJudgeOptions, Written } from './judge-open-rollout.ts'
import { judgeOpenRollout } from './judge-open-rollout.ts'
import type { RequestIndex } from './request-index.ts'
import type { SpoolTail } from './spool-tail.ts'

export interface TrafficWatchOptions extends RolloutJudgeOptions, ExperimentJudgeOptions {
  readonly analytics: Analytics
  readonly dataDir: string
  readonly tail: SpoolTail
  readonly index: RequestIndex
  readonly log: Logger
}

/** Follows open rollouts and experiments: reads the log and ground truth as they come, judges, and acts. */
export interface TrafficWatch extends Omit<EvidenceKeeper, 'look'> {
  /** Reads everything that has come since and judges all that is under way. Calls that come together share one round. */
  look(): Promise<void>
}

/** Makes the watch. What cannot be judged does not keep the rest from it. */
export function createTrafficWatch(options: TrafficWatchOptions): TrafficWatch {
  const keeper = createEvidenceKeeper(options)
  const written = new Map<string, Written>()
  const judge = async ({ trial, evidence }: WatchedTrial): Promise<void> => {
    const last = written.get(trial.id) ?? { text: '', atMs: 0 }
    written.set(trial.id, last)
    try {
      if (trial.of.kind === 'rollout') await judgeOpenRollout(options, trial.of.row, evidence.steps(), last)
      else await judgeOpenExperiment(options, trial.of.row, evidence.steps(), last)
    } catch (error) {
      options.log.error({ err: error, trial: trial.id }, 'what is under way could not be judged; it is tried again')
    }
  }
  return { ...keeper, look: () => keeper.look(judge) }
}
