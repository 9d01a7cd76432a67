import type { Api } from '@millrace/ui/data'
import { href } from '@millrace/ui/shell'
import { kindOfId } from './kind-of-id.ts'

/** What has a page by its id alone. */
const own: Readonly<Record<string, string>> = { incident: 'incidents', approval: 'approvals', release: 'releases' }

/** The page of any id: of what has one of its own, else where it stands in the lineage. Null when it is none of ours. */
export async function pageOfId(api: Api, id: string): Promise<string | null> {
  const kind = kindOfId(id)
  if (kind === null) return null
  const list = own[kind]
  if (list !== undefined) return href(list, id)
  return (await named(api, kind, id).catch(() => null)) ?? href('lineage', kind, id)
}

async function named(api: Api, kind: string, id: string): Promise<string | null> {
  const path = encodeURIComponent(id)
  if (kind === 'run') {
    const run = await api.get<{ experiment: string }>(`runs/${path}`)
    return href('experiments', run.experiment, 'runs', id)
  }
  if (kind === 'pipeline-run') {
    const run = await api.get<{ pipeline: string }>(`pipeline-runs/${path}`)
    return href('pipelines', run.pipeline, id)
  }
  if (kind === 'model-version') {
    const version = await api.get<{ model: string; version: number }>(`model-versions/${path}`)
    return `${href('models', version.model)}?version=${version.version}`
  }
  return null
}
