import type { IncomingHttpHeaders } from 'node:http'
import type {
  DialectCall,
  PlaneDialect,
  PredictRequest,
  PredictResult,
  RawPrediction,
  WireAnswer,
} from '@millrace/model-serving/plane'
import { decode, json } from '../values/paths.ts'
import { payloadParts } from './event-stream.ts'
import { readSagemakerBody } from './read-body.ts'

const path = /^\/endpoints\/([^/]+)\/invocations(-response-stream)?$/

type Read = Extract<DialectCall, { kind: 'predict' }>['read']

/**
 * SageMaker's runtime: InvokeEndpoint and InvokeEndpointWithResponseStream as the AWS SDKs send them. Requests on the same
 * address that no SDK made are MLflow's. A target model is an endpoint of that name, a target variant a version.
 */
export const sagemakerRuntime: PlaneDialect = {
  name: 'sagemaker-runtime',
  match: ({ method, path: url, headers }): DialectCall | undefined => {
    const [, endpoint, streams] = path.exec(url) ?? []
    if (endpoint === undefined || method !== 'POST') return undefined
    if (streams === undefined && !isOfAnSdk(headers)) return undefined
    const target = one(headers['x-amzn-sagemaker-target-model'])
    const version = versionOf(one(headers['x-amzn-sagemaker-target-variant']))
    return {
      kind: 'predict',
      endpoint: target === undefined ? decode(endpoint) : target.replace(/^\//, '').replace(/\.tar\.gz$/, ''),
      ...(version === undefined ? {} : { version }),
      read: streams === undefined ? readPlain : readStreaming,
    }
  },
  refuse: ({ status, sentence, code }) => {
    const isModels =
      code === 'model-serving/plane/model-failed' || (status === 400 && !code.startsWith('model-serving/plane/'))
    if (isModels) return modelError(status, sentence)
    if (status === 404) return awsError(400, 'ValidationError', sentence)
    return awsError(status, errorTypes[status] ?? 'InternalFailure', sentence)
  },
}

function versionOf(variant: string | undefined): string | undefined {
  return variant === undefined || variant === 'AllTraffic' ? undefined : variant.replace(/^v(?=\d)/, '')
}

function isOfAnSdk(headers: IncomingHttpHeaders): boolean {
  if (headers.authorization?.startsWith('AWS4-HMAC-SHA256') === true) return true
  return Object.keys(headers).some((name) => name.startsWith('x-amzn-sagemaker-') || name.startsWith('amz-sdk-'))
}

const errorTypes: Readonly<Record<number, string>> = {
  400: 'ValidationError',
  401: 'AccessDeniedException',
  403: 'AccessDeniedException',
  413: 'ValidationError',
  429: 'ThrottlingException',
  503: 'ServiceUnavailable',
  504: 'ModelNotReadyException',
}

function awsError(status: number, type: string, message: string, more: object = {}): WireAnswer {
  return json(status, { message, Message: message, ...more }, { 'x-amzn-errortype': type })
}

/** What the container would have answered reaches SDKs as a ModelError. */
function modelError(status: number, sentence: string): WireAnswer {
  const whose = status >= 500 ? 'server' : 'client'
  const message = `Received ${whose} error (${status}) from primary with message "${sentence}".`
  return awsError(424, 'ModelError', message, { OriginalStatusCode: status, OriginalMessage: sentence })
}

const readPlain: Read = (...asked) => {
  const read = readSagemakerBody(...asked)
  return answered(read, (answer, headers) => ({ ...answer, headers: { ...answer.headers, ...headers } }))
}

const readStreaming: Read = (...asked) => {
  const read = readSagemakerBody(...asked)
  return answered(read, ({ status, headers: own, body }, headers) => ({
    status,
    headers: {
      ...headers,
      'content-type': 'application/vnd.amazon.eventstream',
      'x-amzn-sagemaker-content-type': own['content-type'] ?? 'application/octet-stream',
    },
    body: payloadParts(body),
  }))
}

type Finish = (answer: WireAnswer, headers: Readonly<Record<string, string>>) => WireAnswer

function answered(read: PredictRequest | RawPrediction, finish: Finish): PredictRequest | RawPrediction {
  if ('raw' in read) return { ...read, write: (answer, made) => finish(read.write(answer, made), ofRuntime(made)) }
  const write = (result: PredictResult) => finish(read.write(result), ofRuntime(result))
  return { ...read, write }
}

function ofRuntime({ id, version }: { readonly id: string; readonly version: number }) {
  return {
    'x-amzn-requestid': id,
    'x-amzn-invoked-production-variant': `v${version}`,
    'x-amzn-sagemaker-custom-attributes': `prediction-id=${id}`,
  }
}

function one(value: string | string[] | undefined): string | undefined {
  const [first] = typeof value === 'string' ? [value] : (value ?? [])
  return first === '' ? undefined : first
}
