import { setTimeout as wait } from 'node:timers/promises'
import type { PlaneSettings } from '../../../model/plane-snapshot.ts'
import type { AnswerCallParts } from './answer-call.ts'
import { answerCallWith } from './answer-call.ts'
import type { GrpcService } from './grpc-service.ts'
import type { GrpcOptions, GrpcPort } from './open-grpc.ts'
import { openGrpc } from './open-grpc.ts'

/** The gRPC door of a data-plane process. */
export interface GrpcDoor {
  /** Takes no more calls; resolves when those under way are answered. */
  close(): Promise<void>
}

const againMs = 1000

/**
 * Opens the gRPC port where the settings name one. A port that is taken is tried again until it is free: HTTP goes on
 * meanwhile, and the log says so once.
 */
export function openGrpcDoor(
  parts: AnswerCallParts & { readonly settings: PlaneSettings },
  services: readonly GrpcService[],
): GrpcDoor {
  const { host, grpcPort, sharePort, bodyLimitBytes } = parts.settings
  const closing = new AbortController()
  let open: GrpcPort | undefined
  const readyOf: GrpcOptions['readyOf'] = (name, workspace) => {
    const view = parts.table().view(workspace)
    return name === '' ? view.ready : view.endpoint(name)?.ready
  }
  const keepTrying = async (port: number): Promise<void> => {
    const answer = answerCallWith(parts)
    const options = { host, port, sharePort, limitBytes: bodyLimitBytes, services, readyOf, answer }
    let failed = false
    while (open === undefined && !closing.signal.aborted) {
      try {
        open = await openGrpc(options)
      } catch (error) {
        if (!failed) complain(port, error)
        failed = true
        await wait(againMs, undefined, { ref: false })
      }
    }
  }
  if (grpcPort !== undefined) void keepTrying(grpcPort)
  return {
    close: async () => {
      closing.abort()
      await open?.close()
    },
  }
}

function complain(port: number, error: unknown): void {
  const reason = error instanceof Error ? error.message : String(error)
  process.stderr.write(
    `${JSON.stringify({ message: `gRPC cannot listen on port ${port}; it tries again`, 'error.message': reason })}\n`,
  )
}
