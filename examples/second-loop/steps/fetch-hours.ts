import { join } from 'node:path'
import type { StepClient } from '@millrace/pipelines/define'
import type { StationHour } from '../world.ts'
import { readHours } from '../world.ts'

/** Downloads a data version that a reference names, and reads it. */
export async function fetchHours(
  client: StepClient,
  workDir: string,
  reference: string,
): Promise<{ versionId: string; hours: StationHour[] }> {
  const version = await client.get<{ id: string; files: { path: string }[] }>('/dataset-versions', { reference })
  const [file] = version.files
  if (file === undefined) throw new Error(`${reference} has no file.`)
  const path = `/dataset-versions/${version.id}/files/${encodeURIComponent(file.path)}`
  const local = await client.download(path, join(workDir, `${version.id}.parquet`))
  return { versionId: version.id, hours: await readHours(local) }
}
