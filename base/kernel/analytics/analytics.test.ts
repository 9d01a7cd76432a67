import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { temporaryFolder } from '../testing/temporary-folder.ts'
import { createAnalytics } from './analytics.ts'

async function analyticsIn(folder: string) {
  const analytics = createAnalytics({ allowedFolders: [folder] })
  onTestFinished(() => analytics.close())
  return analytics
}

describe('analytics', () => {
  it('answers rows with plain values', async () => {
    const analytics = await analyticsIn(await temporaryFolder())
    const sql =
      "select 1::bigint as n, 2.5::double as x, null as none, timestamp '2001-01-02 03:04:05' as t, [1, 2] as l, 1.25::decimal(9,2) as d where $1 = 'yes'"
    expect(await analytics.rows(sql, ['yes'])).toEqual([
      { n: 1, x: 2.5, none: null, t: Date.UTC(2001, 0, 2, 3, 4, 5), l: [1, 2], d: 1.25 },
    ])
  })
  it('calls a file that cannot be read bad data, not a fault of ours', async () => {
    const folder = await temporaryFolder()
    const path = join(folder, 'broken.parquet')
    await writeFile(path, 'PAR1 this is none')
    const analytics = await analyticsIn(folder)
    await expect(analytics.rows('select * from read_parquet($1)', [path])).rejects.toMatchObject({
      status: 400,
      code: 'analytics/bad-data',
    })
  })
  it('reads nothing outside its folders', async () => {
    const analytics = await analyticsIn(await temporaryFolder())
    await expect(analytics.rows("select * from read_csv('/etc/passwd')")).rejects.toThrow(
      /Permission|not allowed|cannot be read/i,
    )
  })
  it('starts anew after its process ended', async () => {
    const analytics = await analyticsIn(await temporaryFolder())
    await analytics.rows('select 1')
    await analytics.close()
    expect(await analytics.rows('select 2 as n')).toEqual([{ n: 2 }])
  })
})
