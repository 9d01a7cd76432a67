/**
 * The same question in TypeScript: a logistic regression by gradient descent, logged with Millrace's SDK.
 *
 *     MILLRACE_URL=http://127.0.0.1:7400 node train.ts DATASET@VERSION URL-OF-WEATHER.CSV
 *
 * Prints the run's id.
 */
import { connect } from '@millrace/sdk'
import { areaUnderCurve, fitLogistic, logLoss, predict } from './logistic.ts'
import { readExamples } from './weather.ts'

interface Shape {
  metrics: { 'train/log_loss': number; 'holdout/log_loss': number; 'holdout/auc': number }
  params: { model: string; rate: number; epochs: number }
}

const [version = '', url = ''] = process.argv.slice(2)
const { training, holdout } = await readExamples(url)
const params = { model: 'gradient-descent', rate: 0.8, epochs: 200 }

const id = await connect().run<string, Shape>(
  { experiment: 'rain-tomorrow', name: 'in-typescript', params, data: [`datasets:/${version}`] },
  async (run) => {
    const weights = fitLogistic(training, params, (step, current) =>
      run.log(
        { 'train/log_loss': logLoss(current, training), 'holdout/log_loss': logLoss(current, holdout) },
        { step },
      ),
    )
    const answers = holdout.map(({ inputs }) => predict(weights, inputs))
    run.log({ 'holdout/auc': areaUnderCurve(answers, holdout) }, { step: params.epochs })
    await run.artifact(new Blob([JSON.stringify({ weights })]), 'model.json')
    return run.id
  },
)
console.log(id)
