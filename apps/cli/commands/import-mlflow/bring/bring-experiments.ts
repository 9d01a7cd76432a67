import type { SourceExperiment } from '../source.ts'
import type { Importing } from './importing.ts'

/** An experiment as it is here. */
export interface Placed {
  readonly number: number
  /** Its artifacts stay where they are, at an address that clients read themselves. */
  readonly staysElsewhere: boolean
}

interface Answer {
  readonly experiment: { readonly number: number; readonly name: string }
  readonly outcome: 'made' | 'changed'
}

/** Takes experiments, all of them active at first: a deleted one takes nothing. Gives where each is here, by its id there. */
export async function bringExperiments(
  importing: Importing,
  experiments: readonly SourceExperiment[],
): Promise<Map<string, Placed>> {
  const { report, dryRun } = importing
  const placed = new Map<string, Placed>()
  for (const experiment of experiments) {
    const staysElsewhere = isElsewhere(experiment.artifactRoot)
    if (staysElsewhere)
      report.leave(
        'artifacts of experiment',
        experiment.name,
        `they stay at ${experiment.artifactRoot}, where clients read them`,
      )
    if (dryRun) {
      report.count('experiments', 'made')
      placed.set(experiment.id, { number: -1, staysElsewhere })
      continue
    }
    const { experiment: own, outcome } = await send(importing, experiment, null)
    report.count('experiments', outcome)
    if (String(own.number) !== experiment.id)
      report.map('experiment', experiment.id, `is number ${own.number} here, since its number is taken or too large`)
    if (own.name !== experiment.name) report.map('experiment', experiment.name, `is called "${own.name}" here`)
    placed.set(experiment.id, { number: own.number, staysElsewhere })
  }
  return placed
}

/** Marks those deleted that are deleted at the source, after everything in them was taken. */
export async function deleteExperiments(importing: Importing, experiments: readonly SourceExperiment[]): Promise<void> {
  if (importing.dryRun) return
  for (const experiment of experiments) {
    if (experiment.isDeleted) await send(importing, experiment, experiment.updatedAtMs)
  }
}

function send({ api, source }: Importing, experiment: SourceExperiment, deletedAtMs: number | null): Promise<Answer> {
  const { id, name, tags, createdAtMs, updatedAtMs, artifactRoot } = experiment
  const root = isElsewhere(artifactRoot) ? { artifactRoot } : {}
  return api.post<Answer>('/imports/experiments', {
    source: source.name,
    sourceId: id,
    name,
    tags,
    createdAtMs,
    updatedAtMs,
    deletedAtMs,
    ...root,
  })
}

/** An address that is no folder of a machine and not a server's own store. */
function isElsewhere(root: string): boolean {
  const scheme = /^([A-Za-z][A-Za-z0-9+.-]+):/.exec(root)?.[1]?.toLowerCase()
  return scheme !== undefined && scheme !== 'file' && scheme !== 'mlflow-artifacts'
}
