import { formatBytes, formatCount } from '@millrace/terminal'

/** A thing that was not taken, or got another name, and why. */
export interface Remark {
  readonly kind: string
  readonly id: string
  readonly reason: string
}

interface Counted {
  made: number
  changed: number
  same: number
}

/** Gathers what an import took, and what it did not take and why. */
export class ImportReport {
  readonly #counts = new Map<string, Counted>()
  readonly #left: Remark[] = []
  readonly #mapped: Remark[] = []
  readonly #startedMs: number
  artifactBytes = 0

  constructor(nowMs: number) {
    this.#startedMs = nowMs
  }

  count(kind: string, outcome: 'made' | 'changed' | 'same', number = 1): void {
    const counted = this.#counts.get(kind) ?? { made: 0, changed: 0, same: 0 }
    counted[outcome] += number
    this.#counts.set(kind, counted)
  }

  made(kind: string): number {
    return this.#counts.get(kind)?.made ?? 0
  }

  /** Something was not taken. */
  leave(kind: string, id: string, reason: string): void {
    this.#left.push({ kind, id, reason })
  }

  /** Something got another id or name here. */
  map(kind: string, id: string, reason: string): void {
    this.#mapped.push({ kind, id, reason })
  }

  get left(): number {
    return this.#left.length
  }

  /** For programs. */
  value(about: { readonly source: string; readonly workspace: string; readonly dryRun: boolean }, nowMs: number) {
    return {
      ...about,
      seconds: Math.round((nowMs - this.#startedMs) / 10) / 100,
      counts: Object.fromEntries(this.#counts),
      artifactBytes: this.artifactBytes,
      mapped: this.#mapped,
      left: this.#left,
    }
  }

  /** For people. Long lists are cut: `--json` has all of them. */
  text(nowMs: number, dryRun: boolean): string {
    const seconds = Math.max(0.01, (nowMs - this.#startedMs) / 1000)
    const lines = [...this.#counts].map(([kind, { made, changed, same }]) => {
      const parts = [
        `${formatCount(made)} ${dryRun ? 'would be taken' : 'taken'}`,
        ...(changed > 0 ? [`${formatCount(changed)} brought up to date`] : []),
        ...(same > 0 ? [`${formatCount(same)} unchanged`] : []),
      ]
      const bytes = kind === 'artifacts' && this.artifactBytes > 0 ? ` (${formatBytes(this.artifactBytes)})` : ''
      return `  ${kind.padEnd(18)} ${parts.join(', ')}${bytes}`
    })
    const [runs, points] = [this.made('runs'), this.made('metric points')]
    const rates = `${seconds.toFixed(1)} s; ${formatCount(Math.round(runs / seconds))} runs/s, ${formatCount(Math.round(points / seconds))} points/s`
    return [
      ...lines,
      ...section('Renamed or renumbered', this.#mapped),
      ...section('Not taken', this.#left),
      rates,
    ].join('\n')
  }
}

const mostShown = 20

function section(title: string, remarks: readonly Remark[]): string[] {
  if (remarks.length === 0) return []
  const shown = remarks.slice(0, mostShown).map(({ kind, id, reason }) => `  ${kind} ${id}: ${reason}`)
  const more =
    remarks.length > mostShown ? [`  … and ${formatCount(remarks.length - mostShown)} more (--json lists all)`] : []
  return [`${title} (${formatCount(remarks.length)}):`, ...shown, ...more]
}
