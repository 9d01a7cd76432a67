import type { CallContext, Runner } from '@millrace/kernel'
import { systemActor } from '@millrace/kernel'
import { listModels, listVersions } from '@millrace/model-registry'
import type { ModelVersion, RegisteredModel } from '@millrace/model-registry/contract'
import { specOf } from '../../actions/show.ts'
import type { EndpointSpec } from '../../contract.ts'
import type { EndpointRow } from '../../store/tables.ts'

/** A version that is loaded with its first request. `endpoint` is what it is asked under: an endpoint, or the model's own name. */
export interface OnDemandVersion {
  readonly workspace: string
  readonly endpoint: string
  readonly model: string
  readonly versionId: string
  readonly version: number
}

/** What can be asked for beside the deployments. */
export interface OnDemandVersions {
  /** Of endpoints' version policies. */
  readonly ofEndpoints: readonly OnDemandVersion[]
  /** Of registered models that have no endpoint of their name: the version under the default alias, else under `champion`. */
  readonly ofModels: readonly OnDemandVersion[]
}

/** Pages are read whole: a registry of thousands of models takes tens of them. */
const perPage = 200
const servedAlias = 'champion'

/** Asks the registry, for the workspaces that have endpoints and the default one. */
export async function readOnDemandVersions(
  runner: Runner,
  endpoints: readonly EndpointRow[],
): Promise<OnDemandVersions> {
  const ofEndpoints: OnDemandVersion[] = []
  for (const row of endpoints) ofEndpoints.push(...(await byPolicy(runner, row)))
  const ofModels: OnDemandVersion[] = []
  for (const workspace of new Set(['default', ...endpoints.map((row) => row.workspace)])) {
    const taken = new Set(endpoints.filter((row) => row.workspace === workspace).map(({ name }) => name))
    ofModels.push(...(await byAlias(runner, workspace, taken)))
  }
  return { ofEndpoints, ofModels }
}

async function byPolicy(runner: Runner, row: EndpointRow): Promise<OnDemandVersion[]> {
  const { model, versionPolicy } = specOf(row)
  if (versionPolicy.kind === 'deployed') return []
  const { workspace, name: endpoint } = row
  const versions = chosen(versionPolicy, await versionsOf(runner, contextOf(workspace), model))
  return versions.map(({ id: versionId, version }) => ({ workspace, endpoint, model, versionId, version }))
}

function chosen(policy: EndpointSpec['versionPolicy'], newestFirst: readonly ModelVersion[]): readonly ModelVersion[] {
  const ready = newestFirst.filter(({ state }) => state === 'ready')
  if (policy.kind === 'latest') return ready.slice(0, policy.count)
  return policy.kind === 'specific' ? ready.filter(({ version }) => policy.versions.includes(version)) : ready
}

async function byAlias(runner: Runner, workspace: string, taken: ReadonlySet<string>): Promise<OnDemandVersion[]> {
  const context = contextOf(workspace)
  const found: OnDemandVersion[] = []
  for (const model of await modelsOf(runner, context)) {
    const number = model.aliases[model.spec.defaultAlias ?? servedAlias]
    if (number === undefined || taken.has(model.name)) continue
    const version = (await versionsOf(runner, context, model.name)).find(({ version: other }) => other === number)
    if (version === undefined || version.state !== 'ready') continue
    found.push({ workspace, endpoint: model.name, model: model.name, versionId: version.id, version: number })
  }
  return found
}

function contextOf(workspace: string): CallContext {
  return { actor: systemActor('model-serving'), workspace }
}

async function modelsOf(runner: Runner, context: CallContext): Promise<RegisteredModel[]> {
  const models: RegisteredModel[] = []
  let pageToken: string | undefined
  do {
    const page = await runner.ask(listModels, { limit: perPage, ...(pageToken && { pageToken }) }, context)
    models.push(...page.items)
    pageToken = page.nextPageToken
  } while (pageToken !== undefined)
  return models
}

async function versionsOf(runner: Runner, context: CallContext, name: string): Promise<ModelVersion[]> {
  const versions: ModelVersion[] = []
  let pageToken: string | undefined
  do {
    const page = await runner.ask(listVersions, { name, limit: perPage, ...(pageToken && { pageToken }) }, context)
    versions.push(...page.items)
    pageToken = page.nextPageToken
  } while (pageToken !== undefined)
  return versions
}
