import { flag, integer, pipeline, text } from '@millrace/pipelines/define'
import { evaluate } from './steps/evaluate.ts'
import { pin } from './steps/pin.ts'
import { prepare } from './steps/prepare.ts'
import { publish } from './steps/publish.ts'
import { register } from './steps/register.ts'
import { train } from './steps/train.ts'
import { tune } from './steps/tune.ts'

/** From two spans of flights to a model version with evidence: the one pipeline of this example. */
export default pipeline(
  'train-flight-delay',
  {
    description: 'Trains the flight-delay model, registers it and compares it with the champion',
    parameters: {
      training: text({ description: 'Data set version to train on; its first day serves as history only' }),
      holdout: text({ description: 'Labelled flights that decide whether the candidate is better' }),
      model: text({ default: 'flight-delay' }),
      experiment: text({ default: 'flight-delay' }),
      featureSet: text({ default: 'flight-delay-features' }),
      trials: integer({ default: 5, min: 1, max: 50 }),
      shuffleLabels: flag({ default: false, description: 'Trains on shuffled labels: a deliberately bad candidate' }),
    },
  },
  ({ training, holdout, model, experiment, featureSet, trials, shuffleLabels }) => {
    const pinned = pin({ training, holdout })
    const learn = prepare({ dataset: pinned.training }, { name: 'prepare-training' })
    const judge = prepare({ dataset: pinned.holdout }, { name: 'prepare-holdout' })
    publish({ features: learn.features, trainingVersion: learn.version, dataset: featureSet })
    const { hyperparameters, runId } = tune({
      features: learn.features,
      trainingVersion: learn.version,
      experiment,
      trials,
      shuffleLabels,
    })
    const trained = train({ features: learn.features, hyperparameters, runId, shuffleLabels })
    const { versionId } = register({ runId: trained.runId, model })
    const { verdict } = evaluate({
      features: judge.features,
      holdoutVersion: judge.version,
      versionId,
      model,
      runId: trained.runId,
    })
    return { versionId, verdict, runId: trained.runId }
  },
)
