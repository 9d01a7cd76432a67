import { aggregateUsage } from './aggregate-usage.ts'
import type { UsageNode } from './aggregate-usage.ts'
import { previewOf } from './preview.ts'
import type { Attributes, Span } from './span.ts'
import { microsecondsOf } from './span.ts'
import type { TraceState } from './trace.ts'
import { known } from './trace.ts'
import { mlflow, tokenCount } from './translate-attributes.ts'

/** What some spans of one trace say about it. */
export interface TraceSummary {
  readonly startedAtMs: number
  readonly endedAtMs: number | null
  /** Of the root span; undefined where it is not among them. */
  readonly state: TraceState | undefined
  readonly rootName: string | undefined
  readonly requestPreview: string | null
  readonly responsePreview: string | null
  readonly sessionId: string | null
  readonly user: string | null
  /** Tags that the root span carries for its trace, and what its sender says of itself. */
  readonly tags: Readonly<Record<string, string>>
  readonly usage: readonly UsageNode[]
  readonly cost: readonly UsageNode[]
}

const tokenKeys = [
  'input_tokens',
  'output_tokens',
  'total_tokens',
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
] as const
const costKeys = ['input_cost', 'output_cost', 'total_cost'] as const

/** Reads from the spans of one trace what the trace's own row shows. */
export function summarizeSpans(spans: readonly Span[]): TraceSummary {
  const root = spans.find((span) => span.parentId === null)
  return {
    ...timesOf(spans),
    state: root === undefined ? undefined : root.status.code === 'error' ? 'error' : 'ok',
    rootName: root?.name,
    requestPreview: previewOf(root?.attributes[mlflow.inputs], 'user'),
    responsePreview: previewOf(root?.attributes[mlflow.outputs], 'assistant'),
    sessionId: firstText(spans, ['session.id', 'gen_ai.conversation.id']),
    user: firstText(spans, ['user.id']),
    tags: { ...resourceTags(spans), ...rootTags(root) },
    usage: spans.map((span) => usageNode(span, mlflow.usage, tokenKeys)),
    cost: spans.map((span) => usageNode(span, mlflow.cost, costKeys)),
  }
}

/** From the first start to the last end, in whole milliseconds. */
function timesOf(spans: readonly Span[]): { startedAtMs: number; endedAtMs: number | null } {
  let startedAtMs = Infinity
  let endedAtMs: number | null = null
  for (const { startNs, endNs } of spans) {
    startedAtMs = Math.min(startedAtMs, Math.floor(microsecondsOf(startNs) / 1000))
    if (endNs !== null) endedAtMs = Math.max(endedAtMs ?? 0, Math.floor(microsecondsOf(endNs) / 1000))
  }
  return { startedAtMs, endedAtMs }
}

/** Tokens of all spans, and money, as MLflow's metadata hold them; undefined where no span says anything. */
export function totalTokens(nodes: readonly UsageNode[]): Record<string, number> | undefined {
  return aggregateUsage(nodes, tokenKeys)
}

export function totalCost(nodes: readonly UsageNode[]): Record<string, number> | undefined {
  return aggregateUsage(nodes, costKeys)
}

/** A span's tokens (or money) with its place in the trace. */
export function usageNode(
  span: Pick<Span, 'id' | 'parentId' | 'attributes'>,
  attribute: string,
  keys: readonly string[] = attribute === mlflow.usage ? tokenKeys : costKeys,
): UsageNode {
  return { id: span.id, parentId: span.parentId, usage: numbersIn(span.attributes[attribute], keys) }
}

/** The named numbers of an object, or of its JSON text; null where it is none or holds none. */
export function numbersIn(value: unknown, keys: readonly string[]): Record<string, number> | null {
  const object = typeof value === 'string' ? parsed(value) : value
  if (typeof object !== 'object' || object === null) return null
  const numbers: [string, number][] = []
  for (const key of keys) {
    const number: unknown = Reflect.get(object, key)
    if (typeof number === 'number' && Number.isFinite(number)) numbers.push([key, number])
  }
  return numbers.length === 0 ? null : Object.fromEntries(numbers)
}

/** The token counts of metadata or attributes, by our columns' names. */
export function tokenColumns(value: unknown) {
  const counts = numbersIn(value, tokenKeys) ?? {}
  const column = (key: (typeof tokenKeys)[number]) => tokenCount(counts[key]) ?? null
  return {
    input_tokens: column('input_tokens'),
    output_tokens: column('output_tokens'),
    total_tokens: column('total_tokens'),
    cache_read_tokens: column('cache_read_input_tokens'),
    cache_creation_tokens: column('cache_creation_input_tokens'),
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}

function firstText(spans: readonly Span[], names: readonly string[]): string | null {
  for (const { attributes } of spans) {
    for (const name of names) {
      const value = attributes[name]
      if (typeof value === 'string' && value !== '' && value.length <= 250) return value
    }
  }
  return null
}

/** What the sender says of itself, but for its SDK and for words that are the server's. */
function resourceTags(spans: readonly Span[]): Record<string, string> {
  const resource = spans.find((span) => Object.keys(span.resource).length > 0)?.resource ?? {}
  return textsOf(resource, (key) => (/^(telemetry\.sdk\.|mlflow\.)/.test(key) ? undefined : key))
}

function rootTags(root: Span | undefined): Record<string, string> {
  return textsOf(root?.attributes ?? {}, (key) =>
    key.startsWith(mlflow.tagPrefix) ? key.slice(mlflow.tagPrefix.length) : undefined,
  )
}

function textsOf(attributes: Attributes, tagOf: (key: string) => string | undefined): Record<string, string> {
  const tags: Record<string, string> = {}
  for (const [key, value] of Object.entries(attributes)) {
    const tag = tagOf(key)
    if (tag === undefined || tag === '' || tag.length > 250 || tag === known.spansLocation) continue
    tags[tag] = (typeof value === 'string' ? value : JSON.stringify(value, plain)).slice(0, 8000)
  }
  return tags
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
