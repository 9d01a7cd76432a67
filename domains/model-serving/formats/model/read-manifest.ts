import { z } from 'zod'

/** A model that a manifest of another system names: where it lies, and what it says of it. */
export interface NamedModel {
  readonly name: string
  readonly uri: string
  /** The format in the manifest's own words; empty where it has none. */
  readonly kind: string
}

const Text = z.string().min(1)
const Metadata = z.object({ name: Text })

const Predictor = z.object({ storageUri: Text }).partial().loose()
const InferenceService = z.object({
  kind: z.literal('InferenceService'),
  metadata: Metadata,
  spec: z.object({
    predictor: z
      .object({
        model: Predictor.extend({ modelFormat: z.object({ name: Text }) })
          .partial()
          .optional(),
      })
      .loose(),
  }),
})

interface GraphNode {
  readonly name?: string | undefined
  readonly implementation?: string | undefined
  readonly modelUri?: string | undefined
  readonly children?: readonly GraphNode[] | undefined
}
const GraphNode: z.ZodType<GraphNode> = z.lazy(() =>
  z.object({
    name: z.string().optional(),
    implementation: z.string().optional(),
    modelUri: z.string().optional(),
    children: z.array(GraphNode).optional(),
  }),
)
const SeldonDeployment = z.object({
  kind: z.literal('SeldonDeployment'),
  metadata: Metadata,
  spec: z.object({ predictors: z.array(z.object({ graph: GraphNode })).min(1) }),
})

const SeldonModel = z.object({
  kind: z.literal('Model'),
  apiVersion: z.string().startsWith('mlops.seldon.io/'),
  metadata: Metadata,
  spec: z.object({ storageUri: Text, requirements: z.array(z.string()).default([]) }),
})

const ModelSettings = z.object({
  name: z.string().optional(),
  implementation: Text,
  parameters: z.object({ uri: z.string(), version: z.string() }).partial().default({}),
})

/** The model of a Kubernetes manifest (KServe, Seldon 1 and 2); undefined where it is none of them. Throws a RangeError where it is one of several models. */
export function readManifest(value: unknown): NamedModel | undefined {
  return ofKserve(value) ?? ofSeldon1(value) ?? ofSeldon2(value)
}

/** What MLServer's `model-settings.json` says; undefined where it is none. */
export function readModelSettings(value: unknown): NamedModel | undefined {
  const read = ModelSettings.safeParse(value)
  if (!read.success) return undefined
  const { name = '', implementation, parameters } = read.data
  return { name, uri: parameters.uri ?? '.', kind: implementation }
}

function ofKserve(value: unknown): NamedModel | undefined {
  const read = InferenceService.safeParse(value)
  if (!read.success) return undefined
  const { metadata, spec } = read.data
  const { model } = spec.predictor
  if (model?.storageUri !== undefined) {
    return { name: metadata.name, uri: model.storageUri, kind: model.modelFormat?.name ?? '' }
  }
  // The older form names the framework as a field: `sklearn: { storageUri }`.
  for (const [kind, framework] of Object.entries(spec.predictor)) {
    const older = z.object({ storageUri: Text }).safeParse(framework)
    if (older.success) return { name: metadata.name, uri: older.data.storageUri, kind }
  }
  return undefined
}

function ofSeldon1(value: unknown): NamedModel | undefined {
  const read = SeldonDeployment.safeParse(value)
  if (!read.success) return undefined
  const { metadata, spec } = read.data
  const [predictor, ...others] = spec.predictors
  const graph = predictor?.graph
  if (graph?.modelUri === undefined) return undefined
  if (others.length > 0 || (graph.children?.length ?? 0) > 0) {
    throw new RangeError('its graph has several models; give each its own endpoint, and split traffic there')
  }
  return { name: metadata.name, uri: graph.modelUri, kind: graph.implementation ?? '' }
}

function ofSeldon2(value: unknown): NamedModel | undefined {
  const read = SeldonModel.safeParse(value)
  if (!read.success) return undefined
  const { metadata, spec } = read.data
  return { name: metadata.name, uri: spec.storageUri, kind: spec.requirements[0] ?? '' }
}
