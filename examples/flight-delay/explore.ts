/**
 * Measures what the demo's story rests on, without the product: node explore.ts [--full | --fast] prints how models of
 * different months do on later ones, for all flights and for the sample of one in ten. Without an option it does both.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { DayRange } from './features/day.ts'
import type { FeatureColumns } from './features/feature-columns.ts'
import { flightsFile } from './features/flights-file.ts'
import { readFeatures } from './features/read-features.ts'
import { writeFeatures } from './features/write-features.ts'
import { writeFlights } from './features/write-flights.ts'
import { compareModels, evaluateModel } from './model/evaluate.ts'
import type { LogisticModel } from './model/logistic-model.ts'
import { trainLogistic, type TrainingOptions } from './model/train-logistic.ts'

const periods = {
  'January-February': { from: '2001-01-02', to: '2001-03-01' },
  March: { from: '2001-03-01', to: '2001-04-01' },
  April: { from: '2001-04-01', to: '2001-05-01' },
  May: { from: '2001-05-01', to: '2001-06-01' },
  '1-10 May': { from: '2001-05-01', to: '2001-05-11' },
  June: { from: '2001-06-01', to: '2001-07-01' },
  'March-April': { from: '2001-03-01', to: '2001-05-01' },
  'April-May': { from: '2001-04-01', to: '2001-06-01' },
} satisfies Record<string, DayRange>
type Period = keyof typeof periods

/** The whole story of the figures for one flights file. */
async function explore(title: string, flightsPath: string, folder: string): Promise<void> {
  console.log(`\n${title}`)
  const featuresPath = join(folder, 'features.parquet')
  const { rowCount } = await timed('features computed and written', () =>
    writeFeatures({ flightsPath, from: '2001-01-02', to: '2001-07-01', outPath: featuresPath }),
  )
  console.log(`  ${rowCount.toLocaleString('en')} flights from 2 January to 30 June`)
  const read = (period: Period): Promise<FeatureColumns> => readFeatures({ featuresPath, range: periods[period] })
  const train = async (period: Period, options: TrainingOptions = {}): Promise<LogisticModel> => {
    const columns = await read(period)
    const trained = await timed(
      `trained on ${period}${options.shuffleLabels === undefined ? '' : ', labels shuffled'}`,
      () => trainLogistic(columns, options),
    )
    return trained.model
  }
  const first = await train('January-February')
  const second = await train('March-April')
  const third = await train('April-May')
  const shuffled = await train('March-April', { shuffleLabels: { seed: 1 } })

  console.log('\n  Model of January-February on later flights')
  for (const period of ['January-February', 'March', 'April', 'May', '1-10 May'] as const)
    printQuality(period, first, await read(period))

  console.log('\n  Candidate against champion on the same flights (95 % interval of paired flights)')
  printComparison(
    'March-April against January-February, 1-10 May',
    { champion: first, candidate: second },
    await read('1-10 May'),
  )
  printComparison('April-May against March-April, June', { champion: second, candidate: third }, await read('June'))
  printComparison(
    'shuffled labels against March-April, 1-10 May',
    { champion: second, candidate: shuffled },
    await read('1-10 May'),
  )
}

function printQuality(period: string, model: LogisticModel, columns: FeatureColumns): void {
  const quality = evaluateModel(model, columns)
  const figures = {
    flights: quality.count.toLocaleString('en'),
    late: quality.positiveShare?.toFixed(4),
    predicted: quality.meanProbability?.toFixed(4),
    'ROC AUC': quality.rocAuc?.auc.toFixed(4),
    'log loss': quality.logLoss?.toFixed(4),
    Brier: quality.brierScore?.toFixed(4),
    'calibration error': quality.expectedCalibrationError?.toFixed(4),
  }
  console.log(
    `    ${period.padEnd(16)} ${Object.entries(figures)
      .map(([name, figure]) => `${name} ${figure ?? 'not measured'}`)
      .join('  ')}`,
  )
}

function printComparison(
  title: string,
  models: { champion: LogisticModel; candidate: LogisticModel },
  columns: FeatureColumns,
): void {
  const { championLogLoss, candidateLogLoss, difference, standardErrorByDay, verdict } = compareModels(models, columns)
  console.log(`    ${title}: ${verdict.replaceAll('-', ' ')}`)
  console.log(
    `      candidate ${candidateLogLoss.toFixed(5)}, champion ${championLogLoss.toFixed(5)}, difference ${difference.estimate.toFixed(5)}` +
      ` ± ${(difference.upper - difference.estimate).toFixed(5)} over ${difference.count.toLocaleString('en')} flights` +
      ` (standard error ${difference.standardError.toFixed(5)}; with days as units ${standardErrorByDay.toFixed(5)})`,
  )
}

async function timed<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  const startMs = performance.now()
  const result = await work()
  console.log(`  ${what} in ${((performance.now() - startMs) / 1000).toFixed(2)} s`)
  return result
}

const { values: chosen } = parseArgs({ options: { full: { type: 'boolean' }, fast: { type: 'boolean' } } })
const folder = await mkdtemp(join(tmpdir(), 'flight-delay-'))
try {
  if (chosen.fast !== true) await explore('All flights', flightsFile(), folder)
  if (chosen.full !== true) {
    const samplePath = join(folder, 'sample.parquet')
    await writeFlights({ flightsPath: flightsFile(), outPath: samplePath, keep: 'one-in-ten' })
    await explore('One flight in ten', samplePath, folder)
  }
} finally {
  await rm(folder, { recursive: true })
}
