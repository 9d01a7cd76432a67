import type { WebhookFormat } from '@millrace/collaboration'
import { problem } from '@millrace/collaboration/contract'
import type { StoredEvent } from '@millrace/kernel'
import { aliasMoved, modelCreated, modelTagged, versionCreated, versionTagged } from '@millrace/model-registry/contract'

/** Each entity that MLflow's webhooks know, with what may happen to it. */
export const webhookActions: Readonly<Record<string, readonly string[]>> = {
  registered_model: ['created'],
  model_version: ['created'],
  model_version_tag: ['set', 'deleted'],
  model_version_alias: ['created', 'deleted'],
  prompt: ['created'],
  prompt_version: ['created'],
  prompt_tag: ['set', 'deleted'],
  prompt_version_tag: ['set', 'deleted'],
  prompt_alias: ['created', 'deleted'],
  budget_policy: ['exceeded'],
}

interface Told {
  readonly name: string
  readonly data: Readonly<Record<string, unknown>>
}

/** MLflow's webhooks: its names of what happens in the registry, its bodies, its headers. */
export function mlflowWebhookFormat(options: { readonly workspaces: boolean }): WebhookFormat {
  return {
    headerPrefix: 'X-MLflow',
    requireEvents: (names) => {
      for (const name of names) {
        const [entity = '', action = ''] = name.split('.')
        if (webhookActions[entity]?.includes(action) !== true) throw problem['unknown-event']({ name })
      }
    },
    render: (event, wanted) =>
      told(event)
        .filter(({ name }) => wanted.includes(name))
        .map(({ name, data }, at) => ({
          part: `.${at}`,
          event: name,
          body: { ...bodyOf(name, event.atMs, data), ...(options.workspaces ? { workspace: event.workspace } : {}) },
        })),
    example: (name, nowMs) => bodyOf(name, nowMs, examples[name] ?? {}),
  }
}

function bodyOf(name: string, atMs: number, data: Told['data']) {
  const [entity = '', action = ''] = name.split('.')
  return { entity, action, timestamp: new Date(atMs).toISOString().replace('Z', '+00:00'), data }
}

function told(event: StoredEvent): Told[] {
  if (event.name === modelCreated.eventName) return ofModel(event)
  if (event.name === versionCreated.eventName) return ofVersion(event)
  if (event.name === modelTagged.eventName) return ofModelTags(event)
  if (event.name === versionTagged.eventName) return ofVersionTags(event)
  return event.name === aliasMoved.eventName ? ofAlias(event) : []
}

function ofModel({ payload }: StoredEvent): Told[] {
  const { model, kind, tags = {}, description = '' } = modelCreated.schema.parse(payload)
  if (kind !== 'prompt') return [{ name: 'registered_model.created', data: { name: model, tags, description } }]
  return [{ name: 'prompt.created', data: { name: model, tags: without(tags, promptMarks), description } }]
}

function ofVersion({ payload }: StoredEvent): Told[] {
  const { model, version, kind, source = '', runId, tags = {}, description = '' } = versionCreated.schema.parse(payload)
  const same = { name: model, version: String(version), description: description === '' ? null : description }
  if (kind !== 'prompt')
    return [{ name: 'model_version.created', data: { ...same, source, run_id: runId === '' ? null : runId, tags } }]
  const template = tags['mlflow.prompt.text'] ?? null
  const others = without(tags, [...promptMarks, 'mlflow.prompt.text'])
  return [{ name: 'prompt_version.created', data: { ...same, template, tags: others } }]
}

function ofModelTags({ payload }: StoredEvent): Told[] {
  const { model, kind, set, removed } = modelTagged.schema.parse(payload)
  // MLflow has no such event for models.
  return kind === 'prompt' ? ofTags('prompt_tag', { name: model }, set, removed) : []
}

function ofVersionTags({ payload }: StoredEvent): Told[] {
  const { model, version, kind, set, removed } = versionTagged.schema.parse(payload)
  const entity = kind === 'prompt' ? 'prompt_version_tag' : 'model_version_tag'
  return ofTags(entity, { name: model, version: String(version) }, set, removed)
}

function ofTags(entity: string, on: object, set: Readonly<Record<string, string>>, removed: readonly string[]): Told[] {
  return [
    ...Object.entries(set).map(([key, value]) => ({ name: `${entity}.set`, data: { ...on, key, value } })),
    ...removed.map((key) => ({ name: `${entity}.deleted`, data: { ...on, key } })),
  ]
}

function ofAlias({ payload }: StoredEvent): Told[] {
  const { model, alias, kind, version } = aliasMoved.schema.parse(payload)
  const entity = kind === 'prompt' ? 'prompt_alias' : 'model_version_alias'
  if (version === undefined || version === null) return [{ name: `${entity}.deleted`, data: { name: model, alias } }]
  return [{ name: `${entity}.created`, data: { name: model, alias, version: String(version) } }]
}

const promptMarks = ['mlflow.prompt.is_prompt', '_mlflow_prompt_type']

function without(tags: Readonly<Record<string, string>>, keys: readonly string[]): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).filter(([key]) => !keys.includes(key)))
}

const tag = { key: 'example_key', value: 'example_value' }
const tags = { example_key: 'example_value' }
const model = { name: 'example_model' }
const prompt = { name: 'example_prompt' }
const alias = { alias: 'example_alias' }

const examples: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  'registered_model.created': { ...model, tags, description: 'An example registered model' },
  'model_version.created': {
    ...model,
    version: '1',
    source: 'models:/123',
    run_id: 'abcd1234abcd5678',
    tags,
    description: 'An example model version',
  },
  'model_version_tag.set': { ...model, version: '1', ...tag },
  'model_version_tag.deleted': { ...model, version: '1', key: tag.key },
  'model_version_alias.created': { ...model, ...alias, version: '1' },
  'model_version_alias.deleted': { ...model, ...alias },
  'prompt.created': { ...prompt, tags, description: 'An example prompt' },
  'prompt_version.created': {
    ...prompt,
    version: '1',
    template: 'Hello {{name}}!',
    tags,
    description: 'An example prompt version',
  },
  'prompt_tag.set': { ...prompt, ...tag },
  'prompt_tag.deleted': { ...prompt, key: tag.key },
  'prompt_version_tag.set': { ...prompt, version: '1', ...tag },
  'prompt_version_tag.deleted': { ...prompt, version: '1', key: tag.key },
  'prompt_alias.created': { ...prompt, ...alias, version: '1' },
  'prompt_alias.deleted': { ...prompt, ...alias },
  'budget_policy.exceeded': {
    budget_policy_id: 'bp-abc123',
    budget_unit: 'USD',
    budget_amount: 100,
    current_spend: 105.5,
    duration_unit: 'MONTHS',
    duration_value: 1,
    target_scope: 'WORKSPACE',
    workspace: 'default',
    target_value: null,
    window_start: 1_704_067_200_000,
  },
}
