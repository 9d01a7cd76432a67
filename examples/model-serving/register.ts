import { connect } from '@millrace/sdk'
import type { Flight } from './flights.ts'
import type { Recipe } from './late-model.ts'
import { logLoss, train } from './late-model.ts'
import { writeOnnx } from './write-onnx.ts'

interface Shape {
  metrics: { 'training/log_loss': number }
  params: { recipe: string }
}

/** Trains a recipe as a run that keeps its ONNX file; gives the run's id. */
export function trainAsRun(url: string, recipe: Recipe, flights: readonly Flight[]): Promise<string> {
  return connect({ url }).run<string, Shape>(
    { experiment: 'late-flights', name: recipe, params: { recipe } },
    async (run) => {
      const model = train(recipe, flights)
      run.log({ 'training/log_loss': logLoss(model, flights) })
      await run.artifact(new Blob([Buffer.from(writeOnnx(model))]), 'model.onnx')
      return run.id
    },
  )
}
