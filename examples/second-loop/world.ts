import { DuckDBInstance } from '@duckdb/node-api'

/** Midnight of day 0, UTC. */
export const firstDayMs = Date.UTC(2024, 0, 1)
export const dayMs = 86_400_000
/** From this day on there are more bicycles, so that stations run empty less often. */
export const changeDay = 45
const days = 75
const rowsPerDay = 400

/** One hour of one station, and whether it ran empty. */
export interface StationHour {
  readonly eventTimeMs: number
  readonly temperature: number
  readonly rain: number
  readonly rush: number
  readonly empty: number
}

/** Makes the same world each time, as one Parquet file: hashes of the row number stand in for chance. */
export async function writeWorld(path: string): Promise<void> {
  const chance = (salt: string) => `(hash(i, '${salt}') % 1000003) / 1000003.0`
  await query(`copy (
    with hours as (
      select i, i // ${rowsPerDay} as day,
        round(${chance('t')} * 30 - 2, 1) as temperature,
        round(greatest(0, ${chance('r')} * 8 - 5), 1) as rain,
        case when ${chance('h')} < 0.35 then 1.0 else 0.0 end as rush
      from range(${days * rowsPerDay}) as rows(i)
    )
    select to_timestamp(${firstDayMs / 1000} + day * 86400 + (i % ${rowsPerDay}) * ${86_400 / rowsPerDay})::timestamp as date,
      temperature, rain, rush,
      case when ${chance('y')} < 1 / (1 + exp(-(${logit}))) then 1.0 else 0.0 end as empty
    from hours order by i
  ) to ${sqlText(path)} (format parquet)`)
}

const logit = `0.2 + 0.06 * (temperature - 13) - 0.5 * rain + 1.1 * rush - case when day >= ${changeDay} then 1.5 else 0 end`

/** Reads the hours of the days [fromDay, toDay) of a Parquet file, in their order. */
export async function readHours(path: string, fromDay = 0, toDay = days): Promise<StationHour[]> {
  const rows =
    await query(`select epoch_ms(date) as at, temperature, rain, rush, empty from read_parquet(${sqlText(path)})
    where epoch_ms(date) >= ${firstDayMs + fromDay * dayMs} and epoch_ms(date) < ${firstDayMs + toDay * dayMs} order by date`)
  return rows.map((row) => {
    const number = (name: string) => Number(row[name])
    return {
      eventTimeMs: number('at'),
      temperature: number('temperature'),
      rain: number('rain'),
      rush: number('rush'),
      empty: number('empty'),
    }
  })
}

async function query(sql: string): Promise<Record<string, unknown>[]> {
  const instance = await DuckDBInstance.create(':memory:', {
    threads: '1',
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
  })
  const connection = await instance.connect()
  try {
    return (await connection.runAndReadAll(sql)).getRowObjects()
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

function sqlText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`
}
