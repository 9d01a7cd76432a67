import { pipeline, text } from '@millrace/pipelines/define'
import { judge } from './steps/judge.ts'
import { train } from './steps/train.ts'

/** From a span of hours to a model version with evidence. */
export default pipeline(
  'train-empty-stations',
  {
    description: 'Fits the empty-stations model, registers it and compares it with the champion',
    parameters: {
      training: text({ description: 'Hours to train on' }),
      holdout: text({ description: 'Hours that decide' }),
      model: text({ default: 'empty-stations' }),
    },
  },
  ({ training, holdout, model }) => {
    const { versionId, runId } = train({ training, model })
    const { verdict } = judge({ holdout, versionId, runId, model })
    return { versionId, verdict }
  },
)
