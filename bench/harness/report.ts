import { cpus, loadavg } from 'node:os'

/** Prints the benchmark's name, the machine and what else it was doing, then a small table. */
export function report(title: string, columns: readonly string[], rows: readonly (readonly string[])[]): void {
  const load = loadavg()[0]?.toFixed(2) ?? '?'
  const model = cpus()[0]?.model.trim() ?? 'unknown processor'
  const lines = [columns, ...rows]
  const widths = columns.map((_column, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)))
  const textOf = (line: readonly string[]) =>
    line.map((cell, at) => (at === 0 ? cell.padEnd(widths[at] ?? 0) : cell.padStart(widths[at] ?? 0))).join('  ')
  const rule = widths.map((width) => '-'.repeat(width)).join('  ')
  const head = `${title}\n${cpus().length} × ${model}, Node ${process.versions.node}, load average ${load}\n`
  process.stdout.write([head, textOf(columns), rule, ...rows.map(textOf), ''].join('\n'))
}

/** `1.23 ms`. */
export const milliseconds = (value: number) => `${value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)} ms`

/** `12,345`. */
export const count = (value: number) => Math.round(value).toLocaleString('en-US')
