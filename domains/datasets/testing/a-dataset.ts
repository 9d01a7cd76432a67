import type { TestKernel } from '@millrace/kernel/testing'
import type { DatasetVersion } from '../contract.ts'

const root = '/api/millrace/v1/w/default'

/** A CSV of `count` rows: `at` (one a day from 2001-01-01), `delay`, `origin` (three airports in turn). */
export function flightsCsv(count: number): string {
  const airports = ['ATL', 'ORD', 'DFW']
  const rows = Array.from({ length: count }, (_, day) => {
    const at = new Date(Date.UTC(2001, 0, 1 + day)).toISOString().slice(0, 19).replace('T', ' ')
    return `${at},${(day * 7) % 50},${airports[day % 3]}`
  })
  return `at,delay,origin\n${rows.join('\n')}\n`
}

/** Uploads one file over HTTP; gives its digest. */
export async function upload(t: TestKernel, name: string, path: string, body: string | Buffer): Promise<string> {
  const url = `${root}/datasets/${encodeURIComponent(name)}/uploads?path=${encodeURIComponent(path)}`
  const answer = await t.app.inject({
    method: 'POST',
    url,
    headers: { 'content-type': 'application/octet-stream' },
    payload: body,
  })
  if (answer.statusCode !== 200) throw new Error(answer.body)
  return answer.json<{ digest: string }>().digest
}

/** Uploads and registers one file over HTTP; gives the answer as it came. */
export async function register(t: TestKernel, name: string, path: string, body: string | Buffer, version?: string) {
  const digest = await upload(t, name, path, body)
  const url = `${root}/datasets/${encodeURIComponent(name)}/versions`
  const payload = { files: [{ path, digest }], ...(version === undefined ? {} : { version }) }
  const answer = await t.app.inject({ method: 'POST', url, payload })
  return {
    status: answer.statusCode,
    version: answer.json<DatasetVersion>(),
    problem: answer.json<{ code?: string; detail?: string }>(),
  }
}
