import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

/** A day's weather, scaled to mean 0 and deviation 1, and whether it rained on the next. */
export interface Example {
  readonly inputs: readonly number[]
  readonly rain: 0 | 1
}

interface Day {
  readonly date: string
  readonly weather: readonly number[]
}

/** Writes the first days of Seattle's weather as a CSV, up to a year's end (2012 to 2015; from the npm package vega-datasets). */
export async function writeWeather(path: string, lastYear: number): Promise<void> {
  const text = await readFile(
    fileURLToPath(new URL('../data/seattle-weather.csv', import.meta.resolve('vega-datasets'))),
    'utf8',
  )
  const kept = text
    .trim()
    .split('\n')
    .filter((line, at) => at === 0 || Number(line.slice(0, 4)) <= lastYear)
  await writeFile(path, `${kept.join('\n')}\n`)
}

/** Reads the days; the last year is held out, and scaled as the others are. */
export async function readExamples(url: string): Promise<{ training: Example[]; holdout: Example[] }> {
  const days = parse(await (await fetch(url)).text())
  const lastYear = days.at(-1)?.date.slice(0, 4) ?? ''
  const known = days.slice(0, -1).map((day, at) => ({
    ...day,
    inputs: inputsOf(day),
    rain: rained(days[at + 1]) ? (1 as const) : (0 as const),
  }))
  const isHeld = ({ date }: Day) => date.startsWith(lastYear)
  const before = known.filter((day) => !isHeld(day))
  const scale = scaleOf(before.map(({ inputs }) => inputs))
  const scaled = (rows: typeof known) => rows.map(({ inputs, rain }) => ({ inputs: scale(inputs), rain }))
  return { training: scaled(before), holdout: scaled(known.filter(isHeld)) }
}

function parse(csv: string): readonly Day[] {
  const lines = csv.trim().split('\n').slice(1)
  return lines.map((line) => {
    const [date = '', ...rest] = line.split(',')
    return { date, weather: rest.slice(0, 4).map(Number) }
  })
}

const rained = (day: Day | undefined) => (day?.weather[0] ?? 0) > 0

function inputsOf({ date, weather }: Day): readonly number[] {
  const dayOfYear = (Date.parse(date) - Date.parse(`${date.slice(0, 4)}-01-01`)) / 86_400_000 + 1
  const season = (2 * Math.PI * dayOfYear) / 365.25
  return [...weather, Math.sin(season), Math.cos(season)]
}

function scaleOf(rows: readonly (readonly number[])[]): (inputs: readonly number[]) => readonly number[] {
  const columns = (rows[0] ?? []).map((_, at) => rows.map((row) => row[at] ?? 0))
  const scales = columns.map((values) => {
    const mean = values.reduce((sum, value) => sum + value, 0) / values.length
    const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
    return { mean, deviation: Math.sqrt(variance) }
  })
  return (inputs) => inputs.map((value, at) => (value - (scales[at]?.mean ?? 0)) / (scales[at]?.deviation ?? 1))
}
