import type { Endpoint } from '@millrace/contract'
import { pathParameters } from '@millrace/contract'
import { z } from 'zod'

type JsonSchema = Record<string, unknown>

/** OpenAPI 3.1 of our own API, generated from the contracts. */
export function openApiOf(endpoints: readonly Endpoint[], basePath: string): Record<string, unknown> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const endpoint of endpoints) {
    const path = `${endpoint.scope === 'server' ? '' : '/w/{workspace}'}${endpoint.path}`
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: operationOf(endpoint) }
  }
  return {
    openapi: '3.1.0',
    info: { title: 'Millrace', version: '1', license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    servers: [{ url: `${basePath}/api/millrace/v1` }],
    paths,
    components: {
      securitySchemes: { token: { type: 'http', scheme: 'bearer' } },
      schemas: { Problem: problemSchema },
    },
  }
}

function operationOf(endpoint: Endpoint): Record<string, unknown> {
  const input = objectSchema(endpoint.input)
  const inPath = new Set(pathParameters(endpoint.path))
  const hasJsonBody = endpoint.method !== 'GET' && endpoint.method !== 'DELETE' && endpoint.bodyType === undefined
  const properties = Object.entries(input.properties)
  const body = properties.filter(([name]) => !inPath.has(name))
  const workspace = endpoint.scope === 'server' ? [] : [parameter('workspace', 'path', { type: 'string' }, true)]
  const inAddress = properties
    .filter(([name]) => inPath.has(name) || !hasJsonBody)
    .map(([name, schema]) =>
      parameter(name, inPath.has(name) ? 'path' : 'query', schema, inPath.has(name) || input.required.includes(name)),
    )
  return {
    operationId: endpoint.name,
    summary: endpoint.summary,
    tags: [endpoint.name.split('.')[0]],
    security: [{ token: [] }],
    parameters: [...workspace, ...inAddress],
    ...(endpoint.bodyType === undefined ? {} : { requestBody: { required: true, content: bytes(endpoint.bodyType) } }),
    ...(hasJsonBody && body.length > 0 ? { requestBody: requestBody(body, input.required) } : {}),
    responses: responsesOf(endpoint),
  }
}

function requestBody(members: readonly (readonly [string, JsonSchema])[], required: readonly string[]): unknown {
  const names = members.map(([name]) => name)
  const schema = {
    type: 'object',
    properties: Object.fromEntries(members),
    required: required.filter((name) => names.includes(name)),
  }
  return { required: true, content: { 'application/json': { schema } } }
}

function responsesOf(endpoint: Endpoint): Record<string, unknown> {
  const answers: Record<string, unknown> = {
    [String(endpoint.status)]: {
      description: 'Done',
      content:
        endpoint.answerType === undefined
          ? { 'application/json': { schema: schemaOf(endpoint.output, 'output') } }
          : bytes(endpoint.answerType),
    },
    default: {
      description: 'A problem',
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    },
  }
  for (const problem of endpoint.problems) {
    answers[String(problem.status)] = {
      description: problem.code,
      content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
    }
  }
  return answers
}

/** Content that is no JSON, as OpenAPI 3.1 says it: a media type without a schema. */
function bytes(mediaType: string): Record<string, unknown> {
  return { [mediaType]: {} }
}

function parameter(name: string, where: 'path' | 'query', schema: JsonSchema, required: boolean): unknown {
  return { name, in: where, required, schema }
}

function objectSchema(schema: z.ZodType): { properties: Record<string, JsonSchema>; required: string[] } {
  const { properties, required } = schemaOf(schema, 'input') as {
    properties?: Record<string, JsonSchema>
    required?: string[]
  }
  return { properties: properties ?? {}, required: required ?? [] }
}

function schemaOf(schema: z.ZodType, io: 'input' | 'output'): JsonSchema {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonSchema
  return rest
}

const problemSchema = {
  type: 'object',
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
  properties: {
    type: { type: 'string', format: 'uri' },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string' },
    code: { type: 'string' },
    requestId: { type: 'string' },
  },
}
