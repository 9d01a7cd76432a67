import type { AliasMove, ModelVersion } from '@millrace/model-registry/contract'
import { day, lowerIsBetter } from '@millrace/ui/format'
import type { Stage } from '@millrace/ui/parts'
import { href } from '@millrace/ui/shell'
import type { ModelView, VersionFacts, VersionRow } from './load-model.ts'

const MOST_MEASURES = 3

/** How an alias looks: the champion in its own colour, a challenger in its; others plain. */
export function stageOf(alias: string): Stage {
  if (alias === 'champion' || alias === 'challenger' || alias === 'canary' || alias === 'shadow') return alias
  return 'previous'
}

/** An alias with its version and when it came there. */
export function aliasCard(alias: string, version: number, move: AliasMove | null): ModelView['aliases'][number] {
  const says =
    move === null
      ? ''
      : `since ${day(move.atMs, Date.now())}${move.from === null ? '' : `, was v${move.from}`}, by ${move.by.name}`
  return { alias, stage: stageOf(alias), version, says }
}

/** The measures that most versions have been evaluated by, at most three. */
export function measuresOf(facts: readonly VersionFacts[]): ModelView['measures'] {
  const counts = new Map<string, number>()
  for (const { evidence } of facts)
    for (const name of new Set(evaluated(evidence).map((metric) => metric.name)))
      counts.set(name, (counts.get(name) ?? 0) + 1)
  return [...counts]
    .toSorted((a, b) => b[1] - a[1])
    .slice(0, MOST_MEASURES)
    .map(([name]) => ({ name, higherIsBetter: !lowerIsBetter(name) }))
}

function evaluated(evidence: VersionFacts['evidence']) {
  return evidence
    .filter((each) => each.kind === 'evaluation' || each.kind === 'comparison')
    .flatMap((each) => each.metrics)
}

/** A version as one row; `facts` null for one too old to be looked up. */
export function versionRow(
  version: ModelVersion,
  facts: VersionFacts | null,
  measures: ModelView['measures'],
): VersionRow {
  const metrics = evaluated(facts?.evidence ?? [])
  const known = measures.flatMap(({ name }) => {
    const value = metrics.find((metric) => metric.name === name)?.value
    return value === undefined ? [] : [[name, value] as const]
  })
  return {
    version: version.version,
    aliases: version.aliases.map((alias) => ({ alias, stage: stageOf(alias) })),
    fate: version.approval === 'none' ? null : version.approval,
    evidence: evidenceOf(facts?.gate ?? null),
    measures: Object.fromEntries(known),
    sizeBytes: version.sizeBytes,
    run: runOf(facts),
    data: dataOf(facts),
    createdAtMs: version.createdAtMs,
  }
}

function evidenceOf(gate: VersionFacts['gate']): VersionRow['evidence'] {
  if (gate === null) return null
  const passed = gate.checks.filter((check) => check.verdict === 'pass').length
  const state = gate.verdict === 'pass' ? (gate.overridden ? 'warn' : 'ok') : gate.verdict === 'fail' ? 'bad' : 'warn'
  return { passed, total: gate.checks.length, state }
}

function runOf(facts: VersionFacts | null): VersionRow['run'] {
  const run = facts?.run
  return run === undefined || run === null
    ? null
    : { name: run.name, to: href('experiments', run.experiment, 'runs', run.id) }
}

function dataOf(facts: VersionFacts | null): VersionRow['data'] {
  const used = facts?.run?.data ?? []
  const data = used.find((each) => each.context.startsWith('train')) ?? used[0]
  if (data === undefined) return null
  return { name: data.name, to: data.versionId === null ? null : href('lineage', 'dataset-version', data.versionId) }
}
