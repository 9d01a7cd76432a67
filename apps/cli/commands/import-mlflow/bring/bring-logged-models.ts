import { fingerprintOf } from '../fingerprint.ts'
import type { SourceLoggedModel } from '../source.ts'
import { copyArtifacts } from './bring-artifacts.ts'
import type { Placed } from './bring-experiments.ts'
import type { Importing } from './importing.ts'
import { inParallel, readKnown, remember } from './importing.ts'

const artifactsKind = 'logged-model-artifacts'

interface Answer {
  readonly items: readonly { readonly id: string; readonly outcome: 'made' | 'changed' | 'same' | 'taken' }[]
}

/** Takes logged models with their metrics and artifacts. */
export async function bringLoggedModels(importing: Importing, placed: ReadonlyMap<string, Placed>): Promise<void> {
  const { source, report, dryRun } = importing
  const known = await readKnown(importing, 'logged-model')
  const copied = await readKnown(importing, artifactsKind)
  for await (const page of source.loggedModels(new Set(placed.keys()))) {
    const states = new Map(page.map((model) => [model.id, fingerprintOf(model)]))
    const changed = page.filter(({ id }) => known.get(id) !== states.get(id))
    report.count('logged models', 'same', page.length - changed.length)
    if (dryRun) {
      report.count('logged models', 'made', changed.length)
      continue
    }
    const refused = await send(importing, placed, changed, states)
    const whole = new Map<string, string>()
    const missing = page.filter(({ id, experimentId }) => {
      return !refused.has(id) && copied.get(id) !== states.get(id) && placed.get(experimentId)?.staysElsewhere === false
    })
    await inParallel(missing, 4, async ({ id, artifactUri }) => {
      const isAll = await copyArtifacts(importing, { kind: 'logged-model', id, uri: artifactUri })
      if (isAll) whole.set(id, states.get(id) ?? '')
    })
    await remember(importing, artifactsKind, whole)
  }
}

async function send(
  { api, source, report }: Importing,
  placed: ReadonlyMap<string, Placed>,
  models: readonly SourceLoggedModel[],
  states: ReadonlyMap<string, string>,
): Promise<Set<string>> {
  const refused = new Set<string>()
  if (models.length === 0) return refused
  const { items } = await api.post<Answer>('/imports/logged-models', {
    source: source.name,
    models: models.map((model) => messageOf(model, placed, states.get(model.id) ?? '')),
  })
  for (const { id, outcome } of items) {
    if (outcome !== 'taken') report.count('logged models', outcome)
    else {
      refused.add(id)
      report.leave('logged model', id, 'one with this id is here, and did not come from this source')
    }
  }
  return refused
}

function messageOf(model: SourceLoggedModel, placed: ReadonlyMap<string, Placed>, state: string) {
  const { experimentId, isDeleted, artifactUri: _uri, ...rest } = model
  const experiment = placed.get(experimentId)?.number ?? 0
  return { ...rest, experiment, deletedAtMs: isDeleted ? model.updatedAtMs : null, state }
}
