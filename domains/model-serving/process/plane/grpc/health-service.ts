import { setTimeout as wait } from 'node:timers/promises'
import { Problem } from '@millrace/contract'
import { decodeMessage, encodeMessage } from '../../wire/proto-codec.ts'
import { protoSchema } from '../../wire/proto-schema.ts'
import type { GrpcService, Metadata } from './grpc-service.ts'
import { metadataText } from './grpc-call.ts'

/** Whether an endpoint, or with '' the whole server, is ready; undefined when there is no such endpoint. */
export type ReadyOf = (name: string, workspace: string) => boolean | undefined

const schema = protoSchema([
  {
    path: 'grpc/health/v1/health.proto',
    package: 'grpc.health.v1',
    messages: {
      HealthCheckRequest: 'service=1:string',
      HealthCheckResponse: 'status=1:HealthCheckResponse.ServingStatus',
    },
    enums: {
      'HealthCheckResponse.ServingStatus': { UNKNOWN: 0, SERVING: 1, NOT_SERVING: 2, SERVICE_UNKNOWN: 3 },
    },
  },
])
const takes = '.grpc.health.v1.HealthCheckRequest'
const gives = '.grpc.health.v1.HealthCheckResponse'
const status = { serving: 1, notServing: 2, unknown: 3 }
const lookEveryMs = 500

/** The standard health service. Besides '' and the services of the server, a service may be an endpoint's name. */
export function healthService(readyOf: ReadyOf): GrpcService {
  const asked = (message: Buffer, metadata: Metadata) => {
    const { service } = decodeMessage(schema, takes, message)
    const name = typeof service === 'string' ? service : ''
    const workspace = metadataText(metadata, 'millrace-workspace') ?? 'default'
    // Services of protocols are the server's own, whatever models it has.
    const own = name === '' || /^(?:inference|tensorflow\.serving|grpc)\./.test(name)
    return { name, statusNow: () => statusOf(readyOf(own ? '' : name, workspace)) }
  }
  return {
    name: 'grpc.health.v1.Health',
    schema,
    file: 'grpc/health/v1/health.proto',
    methods: {
      Check: {
        takes,
        gives,
        call: (message, metadata) => {
          const { name, statusNow } = asked(message, metadata)
          const now = statusNow()
          if (now === status.unknown) {
            throw new Problem(
              'model-serving/plane/unknown-endpoint',
              404,
              `There is no service or endpoint ${name} here.`,
            )
          }
          return { kind: 'describe', answer: () => ({ status: 200, headers: {}, body: response(now) }) }
        },
      },
      Watch: {
        takes,
        gives,
        streams: 'answers',
        call: (message, metadata, isGone) => {
          const { statusNow } = asked(message, metadata)
          return { kind: 'describe', answer: () => ({ status: 200, headers: {}, body: watch(statusNow, isGone) }) }
        },
      },
    },
  }
}

function statusOf(ready: boolean | undefined): number {
  if (ready === undefined) return status.unknown
  return ready ? status.serving : status.notServing
}

function response(now: number): Buffer {
  return encodeMessage(schema, gives, { status: now })
}

/** The status, and each change of it, until whoever reads it leaves. */
async function* watch(statusNow: () => number, isGone: () => boolean): AsyncGenerator<Buffer> {
  let last: number | undefined
  while (!isGone()) {
    const now = statusNow()
    if (now !== last) yield response(now)
    last = now
    await wait(lookEveryMs, undefined, { ref: false })
  }
}
