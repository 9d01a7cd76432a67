import type { Attributes, AttributeValue } from './span.ts'

/** MLflow's own attributes of a span. */
export const mlflow = {
  type: 'mlflow.spanType',
  inputs: 'mlflow.spanInputs',
  outputs: 'mlflow.spanOutputs',
  usage: 'mlflow.chat.tokenUsage',
  cost: 'mlflow.llm.cost',
  model: 'mlflow.llm.model',
  provider: 'mlflow.llm.provider',
  traceId: 'mlflow.traceRequestId',
  tagPrefix: 'mlflow.traceTag.',
} as const

/** How other conventions call the same: OpenTelemetry's GenAI, OpenInference, OpenLLMetry, the Vercel AI SDK. The first one found counts. */
const otherNames = {
  [mlflow.inputs]: [
    'input.value',
    'gen_ai.input.messages',
    'gen_ai.tool.call.arguments',
    'traceloop.entity.input',
    'ai.prompt',
    'ai.toolCall.args',
    'gen_ai.prompt',
  ],
  [mlflow.outputs]: [
    'output.value',
    'gen_ai.output.messages',
    'gen_ai.tool.call.result',
    'traceloop.entity.output',
    'ai.response.text',
    'ai.toolCall.result',
    'gen_ai.completion',
  ],
  [mlflow.model]: [
    'llm.response.model_name',
    'llm.model_name',
    'gen_ai.response.model',
    'gen_ai.request.model',
    'embedding.model_name',
    'ai.model.id',
  ],
  [mlflow.provider]: ['llm.provider', 'gen_ai.provider.name', 'gen_ai.system', 'ai.model.provider'],
} as const

const typeNames: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'openinference.span.kind': {},
  'gen_ai.operation.name': {
    chat: 'CHAT_MODEL',
    create_agent: 'AGENT',
    embeddings: 'EMBEDDING',
    execute_tool: 'TOOL',
    generate_content: 'LLM',
    invoke_agent: 'AGENT',
    text_completion: 'LLM',
    response: 'LLM',
  },
  'traceloop.span.kind': { workflow: 'WORKFLOW', task: 'TASK', agent: 'AGENT', tool: 'TOOL' },
}

const spanTypes = new Set(
  [
    'LLM CHAIN AGENT TOOL CHAT_MODEL RETRIEVER PARSER EMBEDDING RERANKER MEMORY UNKNOWN WORKFLOW TASK GUARDRAIL EVALUATOR',
  ].flatMap((words) => words.split(' ')),
)

const usageNames = {
  input_tokens: ['gen_ai.usage.input_tokens', 'llm.token_count.prompt', 'gen_ai.usage.prompt_tokens'],
  output_tokens: ['gen_ai.usage.output_tokens', 'llm.token_count.completion', 'gen_ai.usage.completion_tokens'],
  total_tokens: ['llm.token_count.total', 'llm.usage.total_tokens', 'gen_ai.usage.total_tokens'],
  cache_read_input_tokens: ['gen_ai.usage.cache_read.input_tokens', 'llm.token_count.prompt_details.cache_read'],
  cache_creation_input_tokens: [
    'gen_ai.usage.cache_write.input_tokens',
    'gen_ai.usage.cache_creation.input_tokens',
    'llm.token_count.prompt_details.cache_write',
  ],
} as const

/** Adds MLflow's attributes where a span says the same in the words of another convention. What is there stays. */
export function translateAttributes(attributes: Attributes): Attributes {
  const added: Record<string, AttributeValue> = {}
  const type = attributes[mlflow.type]
  if (type === undefined || type === 'UNKNOWN') added[mlflow.type] = typeOf(attributes) ?? 'UNKNOWN'
  for (const [own, names] of Object.entries(otherNames)) {
    if (attributes[own] !== undefined) continue
    const name = names.find((other) => attributes[other] !== undefined)
    if (name !== undefined) added[own] = unpacked(attributes[name] ?? null)
  }
  if (attributes[mlflow.usage] === undefined) {
    const usage = usageOf(attributes)
    if (usage !== undefined) added[mlflow.usage] = usage
  }
  return { ...attributes, ...added }
}

function typeOf(attributes: Attributes): string | undefined {
  for (const [name, types] of Object.entries(typeNames)) {
    const kind = attributes[name]
    if (typeof kind !== 'string') continue
    const type = types[kind] ?? kind.toUpperCase()
    if (spanTypes.has(type)) return type
  }
  return undefined
}

function usageOf(attributes: Attributes): Record<string, number> | undefined {
  const usage: Record<string, number> = {}
  for (const [key, names] of Object.entries(usageNames)) {
    const value = names.map((name) => tokenCount(attributes[name])).find((count) => count !== undefined)
    if (value !== undefined) usage[key] = value
  }
  const { input_tokens: input, output_tokens: output, total_tokens: total } = usage
  if (input === undefined && output === undefined && total === undefined) return undefined
  if (total === undefined && input !== undefined && output !== undefined) usage['total_tokens'] = input + output
  return usage
}

/** A whole number, also one written as text. */
export function tokenCount(value: unknown): number | undefined {
  const number = typeof value === 'string' && /^\d{1,15}$/.test(value) ? Number(value) : value
  return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined
}

/** Conventions whose attributes hold only texts write objects as JSON. */
function unpacked(value: AttributeValue): AttributeValue {
  if (typeof value !== 'string' || !/^\s*[[{]/.test(value)) return value
  try {
    return JSON.parse(value) as AttributeValue // JSON holds nothing else
  } catch {
    return value
  }
}
