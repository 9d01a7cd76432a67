import type { Readable } from 'node:stream'
import { sendObject } from '@millrace/datasets'
import type { CallContext, Runtime } from '@millrace/kernel'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { findArtifact, prepareArtifact, recordArtifact } from '../actions/artifacts.ts'
import type { Artifact, ArtifactOwner } from '../contract.ts'
import { artifactKey } from '../model/artifact-place.ts'

/** Names an artifact: whose, and its path. */
export interface ArtifactName {
  readonly owner: ArtifactOwner
  readonly id: string
  readonly path: string
}

/**
 * Stores an artifact's bytes at its place, then records it; the answer comes after both are durable. Throws `run-deleted`,
 * `kernel/held` for a file that a registered model stands on, `kernel/invalid-input` for a path that leads out.
 */
export async function putArtifact(
  runtime: Runtime,
  context: CallContext,
  name: ArtifactName,
  body: Readable | Uint8Array,
): Promise<Artifact> {
  const { experimentId } = await runtime.runner.act(prepareArtifact, name, context)
  const { digest, sizeBytes } = await runtime.objects.put(
    artifactKey(experimentId, { kind: name.owner, id: name.id }, name.path),
    body,
  )
  return runtime.runner.act(recordArtifact, { ...name, digest, sizeBytes }, context)
}

/** Answers with an artifact's bytes. Throws `experiment-tracking/artifact-not-found`. */
export async function sendArtifact(
  runtime: Runtime,
  context: CallContext,
  name: ArtifactName,
  exchange: { request: FastifyRequest; reply: FastifyReply },
): Promise<FastifyReply> {
  const found = await runtime.runner.ask(findArtifact, name, context)
  const { key, path, digest } = found
  return sendObject(runtime, exchange.request, exchange.reply, { key, path, digest })
}

/** The path of this machine where an artifact lies, for readers that need one. Throws `experiment-tracking/artifact-not-found`. */
export async function localArtifact(runtime: Runtime, context: CallContext, name: ArtifactName): Promise<string> {
  const { key } = await runtime.runner.ask(findArtifact, name, context)
  return runtime.objects.localPath(key)
}
