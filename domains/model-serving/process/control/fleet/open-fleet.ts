import { availableParallelism } from 'node:os'
import type { Ref } from '@millrace/contract'
import { Problem, ref } from '@millrace/contract'
import type { CallContext, Config, Runtime } from '@millrace/kernel'
import type { Admitted, Caller } from '../../../model/plane-snapshot.ts'
import { repositoryPrefix } from '../../../repository/process/manage-repository.ts'
import { nameOfServed } from '../../../repository/model/name-of-served.ts'
import { spoolRoot } from '../../log/log-folders.ts'
import { modelOfEndpointId } from '../plane-endpoints.ts'
import type { PlaneFleet, PlaneFleetOptions } from './plane-fleet.ts'
import { createPlaneFleet } from './plane-fleet.ts'

/** Where `--port` is not the default, the predict port is a free one, so that two servers never fight. */
export function plannedPort({ predictPort, port }: Config): number | undefined {
  const planned = predictPort ?? (port === 7400 ? 7402 : 0)
  return planned === 0 ? undefined : planned
}

/** What a fleet is told beside what the server's settings say. */
export interface FleetParts extends Pick<
  PlaneFleetOptions,
  'entry' | 'onFolderLeft' | 'onCounted' | 'manage' | 'resolve'
> {
  readonly forwardSecret: string
}

/** Makes the fleet that the server's settings describe; whoever may predict on control's own port may on its. */
export function openFleet(runtime: Runtime, { forwardSecret, ...told }: FleetParts): PlaneFleet {
  const { config, nowMs, log, dataDir } = runtime
  const processes = config.dataPlaneProcesses ?? Math.max(1, Math.min(4, availableParallelism() - 1))
  return createPlaneFleet({
    processes,
    nowMs,
    log,
    ...told,
    port: plannedPort(config) ?? 0,
    spoolRoot: spoolRoot(dataDir),
    settings: {
      host: config.host,
      ...(config.serveModel === undefined ? {} : { rootEndpoint: nameOfServed(config.serveModel) }),
      // Processes that share a port must know which.
      ...(config.grpcPort === undefined || config.grpcPort === 0 ? {} : { grpcPort: config.grpcPort }),
      doorPorts: doorPorts(config),
      sharePort: processes > 1,
      allowedHosts: config.allowedHosts,
      bodyLimitBytes: config.bodyLimitMb * 1024 * 1024,
      requestTimeoutMs: config.requestTimeoutMs,
      accessLog: config.accessLog,
      ...(config.otlpEndpoint === undefined ? {} : { otlpEndpoint: config.otlpEndpoint }),
      ...(config.modelMemoryMb === undefined ? {} : { modelMemoryBytes: config.modelMemoryMb * 1024 * 1024 }),
      forwardSecret,
    },
    admit: (caller, endpoint) => admit(runtime, caller, endpoint),
  })
}

/** By the names of `DataPlaneParts.doors`. */
function doorPorts({
  torchservePort,
  torchserveManagementPort,
  torchserveMetricsPort,
}: Config): Record<string, number> {
  const named = [
    ['torchserve', torchservePort],
    ['torchserveManagement', torchserveManagementPort],
    ['torchserveMetrics', torchserveMetricsPort],
  ] as const
  return Object.fromEntries(named.flatMap(([name, port]) => (port === undefined ? [] : [[name, port]])))
}

/** Says whether a caller of the data plane may predict, as control's own port would. */
async function admit(runtime: Runtime, caller: Caller, endpoint: { workspace: string; id: string }): Promise<Admitted> {
  try {
    const actor = await runtime.authenticate({ headers: caller.headers, remoteAddress: caller.remoteAddress })
    const context: CallContext = { actor, workspace: endpoint.workspace }
    await runtime.authorize(runtime.runner.readScope(context), 'model-serving:predict', refOf(endpoint.id))
    return { caller: actor.id }
  } catch (error) {
    if (error instanceof Problem) return { refusal: { status: error.status, sentence: error.message } }
    runtime.log.error({ err: error }, 'a caller of the data plane could not be checked')
    const sentence = 'It could not be checked whether you may predict here. Send it again in a moment.'
    return { refusal: { status: 503, sentence } }
  }
}

/** A registered model without an endpoint is the model's own to guard. */
function refOf(endpointId: string): Ref {
  // A model of the repository belongs to nobody: whoever may predict at all may ask it.
  if (endpointId.startsWith(repositoryPrefix)) return ref('list', 'endpoint')
  const model = modelOfEndpointId(endpointId)
  return model === undefined ? ref('endpoint', endpointId) : ref('model', model)
}
