import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { ModelSource } from '@millrace/model-serving/plane'
import type { PlaneProcess } from '@millrace/model-serving/testing'
import { startPlaneProcess } from '@millrace/model-serving/testing'
import { tinyModel } from '@millrace/adapter-onnx-runtime/testing'
import { features } from '../harness/a-served-model.ts'
import type { Side } from './sides.ts'

/** One data-plane process without control beside it, for what its settings cost. */
export function startPlane(
  folder: string,
  settings: { readonly modelMemoryBytes?: number; readonly grpcPort?: number } = {},
): Promise<PlaneProcess> {
  const entry = fileURLToPath(new URL('../../apps/server/data-plane.ts', import.meta.url))
  return startPlaneProcess({ entry, spoolFolder: join(folder, 'spool'), settings })
}

/** An endpoint of the process as a side. */
export function planeSide(plane: PlaneProcess, name: string): Side {
  const stop = () => Promise.resolve()
  return { name, url: plane.url, path: `/v2/models/${name}/infer`, pid: plane.pid, stop }
}

/** What an endpoint of a snapshot is made of: ONNX files by their paths, other models by their sources; `parts` are its deployments as [version, role, weight]. */
export function planeEndpoint(
  name: string,
  models: readonly (string | ModelSource)[],
  parts: readonly (readonly [version: number, role: 'champion' | 'canary' | 'shadow', weight: number])[],
  more: { readonly onDemand?: boolean } = {},
) {
  const deployments = parts.map(([version, role, weight], at) => ({
    id: `dep_${name}_${version}`,
    versionId: `ver_${name}_${version}`,
    source: sourceOf(models[at] ?? ''),
    version,
    role,
    weight,
    rollout: null,
    ...more,
  }))
  const logging = { enabled: true, sampleRate: 1, redact: [] }
  return { workspace: 'default', id: `end_${name}`, name, logging, deployments }
}

const sourceOf = (model: string | ModelSource): ModelSource =>
  typeof model === 'string' ? { format: 'onnx', path: model } : model

/** Writes a small model of its own weights and gives its path. */
export function writeModel(folder: string, number: number): string {
  const path = join(folder, `model-${number}.onnx`)
  const weights = Object.fromEntries(features.map((feature, at) => [feature, (at + 1 + number) / 10]))
  writeFileSync(path, tinyModel({ weights, bias: -1 }))
  return path
}

/** One row for the small models, as Open Inference JSON. */
export function oneRow(): Buffer {
  const inputs = features.map((name, at) => ({ name, datatype: 'FP32', shape: [1, 1], data: [at / 10] }))
  return Buffer.from(JSON.stringify({ inputs }))
}
