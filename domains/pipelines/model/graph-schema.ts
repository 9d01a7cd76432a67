import { Name } from '@millrace/contract'
import { z } from 'zod'

/** What values a parameter, an input or an output takes. */
export const Kind = z.object({
  type: z.enum(['text', 'number', 'integer', 'flag', 'json', 'file', 'id']),
  default: z.json().optional(),
  choices: z.array(z.json()).max(1000).optional(),
  min: z.number().optional(),
  max: z.number().optional(),
  of: z.string().max(128).optional(),
  description: z.string().max(2000).optional(),
})
export const Kinds = z.record(z.string().min(1).max(128), Kind)

const Source = z.discriminatedUnion('from', [
  z.object({ from: z.literal('parameter'), name: z.string() }),
  z.object({ from: z.literal('step'), step: z.string(), output: z.string() }),
  z.object({ from: z.literal('constant'), value: z.json() }),
])

export const GraphStep = z.object({
  name: z.string().min(1).max(128),
  uses: z.string().min(1).max(128),
  inputs: z.record(z.string(), z.object({ source: Source, kind: Kind })).default({}),
  outputs: Kinds.default({}),
  after: z.array(z.string()).default([]),
  resources: z
    .object({ cpu: z.number().min(0.01).max(4096).default(1), memoryMb: z.int().min(1).default(256) })
    .prefault({}),
  queue: Name.default('default'),
  retries: z
    .object({
      limit: z.int().min(0).max(100).default(0),
      backOffMs: z.int().min(0).default(1000),
      factor: z.number().min(1).max(100).default(2),
      maximumMs: z.int().min(0).default(60_000),
    })
    .prefault({}),
  timeoutMs: z.int().min(1).nullable().default(null),
  cache: z
    .object({
      on: z.boolean().default(false),
      maxAgeMs: z.int().min(0).nullable().default(null),
      key: z.string().max(1000).default(''),
    })
    .prefault({}),
})

export const Graph = z.object({
  steps: z.array(GraphStep).min(1).max(10_000),
  outputs: z.record(z.string(), Source).default({}),
})
