import type { Direction } from './trial-history.ts'

/** What a trial reported while it ran: the objective at a step. */
export type Report = { readonly step: number; readonly value: number }

/** When the median pruner acts. */
export type MedianPrunerSettings = {
  /** Complete trials before any trial is stopped. */
  readonly startupTrials: number
  /** Steps of each trial during which it is not stopped. */
  readonly warmupSteps: number
  /** Complete trials that must have reported at the step. */
  readonly minimumTrials: number
}

/** The settings of Optuna 5. */
export const defaultMedianPruner: MedianPrunerSettings = { startupTrials: 5, warmupSteps: 0, minimumTrials: 1 }

/**
 * Should the trial with these reports stop now? Yes when its best value so far is worse than the median of what complete
 * trials reported at its last step, or when it is not a number. Golovin et al., "Google Vizier" (2017), section 3.2.
 */
export function shouldPrune(
  input: {
    readonly reports: readonly Report[]
    readonly completeTrials: readonly (readonly Report[])[]
    readonly direction: Direction
  },
  settings: MedianPrunerSettings = defaultMedianPruner,
): boolean {
  const last = input.reports.at(-1)
  const { startupTrials, warmupSteps, minimumTrials } = settings
  if (last === undefined || last.step < warmupSteps || input.completeTrials.length < startupTrials) return false
  const sign = input.direction === 'minimize' ? 1 : -1
  const reportsAtStep = input.completeTrials.flatMap((reports) => reports.filter(({ step }) => step === last.step))
  const others = lossesOf(reportsAtStep, sign)
  const own = lossesOf(input.reports, sign)
  if (others.length < minimumTrials) return false
  return own.length === 0 || Math.min(...own) > median(others)
}

function lossesOf(reports: readonly Report[], sign: number): number[] {
  return reports.map(({ value }) => sign * value).filter((loss) => !Number.isNaN(loss))
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((left, right) => left - right)
  const middle = Math.floor((sorted.length - 1) / 2)
  const [low, high] = [sorted[middle] ?? Number.NaN, sorted[sorted.length - 1 - middle] ?? Number.NaN]
  return (low + high) / 2
}
