import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, dirname, extname, isAbsolute, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Problem } from '@millrace/contract'
import { parse as parseYaml } from 'yaml'
import { z } from 'zod'
import type { ModelSource, PythonSource, RemoteSource } from '../../model/model-source.ts'
import { formatProblem } from '../model/format-problems.ts'
import { readManifest, readModelSettings } from '../model/read-manifest.ts'
import type { NamedModel } from '../model/read-manifest.ts'
import { readTextProto } from '../model/read-text-proto.ts'

/** What of a source its file does not say. */
export interface DetectOptions {
  /** Whether whoever runs the server vouches for it; else it runs in the sandbox. */
  readonly trusted: boolean
  /** The interpreter whose environment fits the model. */
  readonly pythonFor?: ((path: string) => Promise<string>) | undefined
}

type Python = Pick<PythonSource, 'loader' | 'path'>

const ofExtension: Readonly<Record<string, PythonSource['loader'] | 'onnx' | 'module'>> = {
  '.onnx': 'onnx',
  '.pkl': 'pickle',
  '.pickle': 'pickle',
  '.joblib': 'pickle',
  '.ubj': 'pickle',
  '.xgb': 'pickle',
  '.bst': 'pickle',
  '.mar': 'torchserve',
  '.js': 'module',
  '.mjs': 'module',
  '.ts': 'module',
  '.mts': 'module',
}

/** Manifests that point to manifests end somewhere. */
const longestChain = 4

/**
 * What runs the model in a file or folder: by its extension, or by what lies in it. Throws `model-serving/format/no-model`,
 * `not-here`, `unreadable`, `no-python`, and what `pythonFor` throws.
 */
export async function detectSource(path: string, options: DetectOptions): Promise<ModelSource> {
  const root = resolve(path)
  // Where a model is asked for elsewhere is for whoever runs the server to say.
  const remote = options.trusted ? await remoteSource(root) : undefined
  if (remote !== undefined) return remote
  const found = await look(root, 0)
  // A manifest that came with an untrusted model may not point at other files of this machine.
  if (!options.trusted && found.path !== root && !found.path.startsWith(`${root}${sep}`)) {
    throw noModel(basename(path), 'it points to a file outside itself')
  }
  if (found.kind === 'onnx') return { format: 'onnx', path: found.path }
  const { trusted, pythonFor } = options
  if (found.kind === 'module') return { format: 'module', path: found.path, trusted }
  if (pythonFor === undefined) throw formatProblem['no-python']({ name: basename(path) })
  return { format: 'python', loader: found.kind, path: found.path, trusted, python: await pythonFor(found.path) }
}

const Remote = z.object({
  url: z.url({ protocol: /^https?$/ }),
  protocol: z.enum(['open-inference', 'tensorflow-serving', 'openai']),
  model: z.string().min(1),
  timeoutMs: z.number().int().positive().optional(),
  headers: z.record(z.string(), z.string()).optional(),
})

/** A folder with `remote-model.yaml` stands for a model behind another server. */
async function remoteSource(folder: string): Promise<RemoteSource | undefined> {
  const path = join(folder, 'remote-model.yaml')
  if ((await stat(path).catch(() => undefined)) === undefined) return undefined
  const read = Remote.safeParse(await readYaml(path))
  if (!read.success) {
    const issue = read.error.issues[0]
    const reason = `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}`
    throw formatProblem.unreadable({ name: 'remote-model.yaml', reason })
  }
  const { timeoutMs, headers, ...said } = read.data
  return {
    format: 'remote',
    ...said,
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(headers === undefined ? {} : { headers }),
  }
}

type Found =
  | { readonly kind: 'onnx' | 'module'; readonly path: string }
  | { readonly kind: Python['loader']; readonly path: string }

async function look(path: string, depth: number): Promise<Found> {
  const name = basename(path)
  if (depth > longestChain) throw noModel(name, 'its manifests point to one another')
  const info = await stat(path).catch(() => undefined)
  if (info === undefined) throw noModel(name, 'there is no such file or folder')
  if (info.isDirectory()) return lookInFolder(path, depth)
  const kind = ofExtension[extname(path).toLowerCase()]
  if (kind !== undefined) return { kind, path }
  const found = await byManifestFile(path, depth)
  if (found === undefined) throw noModel(name, 'its extension says nothing')
  return found
}

async function lookInFolder(folder: string, depth: number): Promise<Found> {
  const names = await readdir(folder)
  const has = (name: string) => names.includes(name)
  if (has('MLmodel')) return mlflowFolder(folder)
  if (has('saved_model.pb') || has('saved_model.pbtxt')) return { kind: 'tensorflow', path: folder }
  if (has('bentofile.yaml') || has('bento.yaml')) return { kind: 'bentoml', path: folder }
  if (has('config.pbtxt')) return tritonFolder(folder, depth)
  if (has('model-settings.json')) return mlserverFolder(folder, depth)
  const newest = newestVersion(names)
  if (newest !== undefined) return look(join(folder, newest), depth + 1)
  if (has('model.savedmodel')) return { kind: 'tensorflow', path: join(folder, 'model.savedmodel') }
  return onlyModelIn(folder, names, depth)
}

/** The version folder with the greatest number, as TensorFlow Serving and Triton choose. */
export function newestVersion(names: readonly string[]): string | undefined {
  return names.filter((name) => /^\d+$/.test(name)).toSorted((a, b) => Number(b) - Number(a))[0]
}

async function onlyModelIn(folder: string, names: readonly string[], depth: number): Promise<Found> {
  const models = names.filter((name) => ofExtension[extname(name).toLowerCase()] !== undefined && !name.startsWith('.'))
  // A `model.onnx` among helpers is the model.
  const named = models.filter((name) => name.startsWith('model.'))
  const [only, ...others] = named.length === 1 ? named : models
  if (only !== undefined && others.length === 0) return look(join(folder, only), depth + 1)
  if (only !== undefined) throw noModel(basename(folder), `it has several models (${models.slice(0, 4).join(', ')})`)
  return lookBelow(folder, names, depth)
}

/** A folder without a model of its own: a manifest that points to one, or one folder in which it lies. */
async function lookBelow(folder: string, names: readonly string[], depth: number): Promise<Found> {
  for (const name of names.filter((entry) => /\.ya?ml$/.test(entry))) {
    const found = await byManifestFile(join(folder, name), depth)
    if (found !== undefined) return found
  }
  const [below, ...more] = names.filter((name) => !name.startsWith('.') && extname(name) === '')
  if (below !== undefined && more.length === 0 && depth < longestChain) {
    const info = await stat(join(folder, below))
    if (info.isDirectory()) return look(join(folder, below), depth + 1)
  }
  throw noModel(basename(folder), names.length === 0 ? 'it is empty' : 'none of its files is a model')
}

async function mlflowFolder(folder: string): Promise<Found> {
  const described = await readYaml(join(folder, 'MLmodel'))
  const data = textAt(described, 'flavors', 'onnx', 'data')
  // The Python that MLflow would put around an ONNX file only reads it.
  return data === undefined ? { kind: 'mlflow', path: folder } : { kind: 'onnx', path: join(folder, data) }
}

const pythonOfTriton = 'a Triton model of the Python backend runs in Triton alone; export its model, or write a module'

async function tritonFolder(folder: string, depth: number): Promise<Found> {
  const name = basename(folder)
  let config: ReturnType<typeof readTextProto>
  try {
    config = readTextProto(await readFile(join(folder, 'config.pbtxt'), 'utf8'))
  } catch (error) {
    throw formatProblem.unreadable({ name: `${name}/config.pbtxt`, reason: sentenceOf(error) })
  }
  if (config['backend']?.[0] === 'python') throw noModel(name, pythonOfTriton)
  if (config['platform']?.[0] === 'ensemble') throw noModel(name, 'it is an ensemble of other models')
  const version = newestVersion(await readdir(folder))
  if (version === undefined) throw noModel(name, 'it has no version folder such as "1"')
  const file = config['default_model_filename']?.[0]
  return look(join(folder, version, typeof file === 'string' ? file : ''), depth + 1)
}

async function mlserverFolder(folder: string, depth: number): Promise<Found> {
  const path = join(folder, 'model-settings.json')
  const settings = readModelSettings(await readYaml(path))
  if (settings === undefined) throw noModel(basename(folder), 'its model-settings.json has no "implementation"')
  const pointed = pathOfUri(settings, folder)
  if (pointed !== folder) return look(pointed, depth + 1)
  return onlyModelIn(folder, await readdir(folder), depth + 1)
}

async function byManifestFile(path: string, depth: number): Promise<Found | undefined> {
  if (!/\.(ya?ml|json)$/.test(path)) return undefined
  let named: NamedModel | undefined
  try {
    named = readManifest(await readYaml(path))
  } catch (error) {
    if (error instanceof RangeError) throw noModel(basename(path), error.message)
    throw error
  }
  return named === undefined ? undefined : look(pathOfUri(named, dirname(path)), depth + 1)
}

function pathOfUri({ name, uri }: NamedModel, from: string): string {
  if (uri.startsWith('file:')) return fileURLToPath(uri)
  if (/^[a-z][a-z0-9+.-]*:/i.test(uri)) throw formatProblem['not-here']({ name, uri })
  return isAbsolute(uri) ? uri : resolve(from, uri)
}

async function readYaml(path: string): Promise<unknown> {
  try {
    return parseYaml(await readFile(path, 'utf8'))
  } catch (error) {
    throw formatProblem.unreadable({ name: basename(path), reason: sentenceOf(error).split('\n')[0] ?? '' })
  }
}

function textAt(value: unknown, ...keys: readonly string[]): string | undefined {
  let at: unknown = value
  for (const key of keys) {
    at = typeof at === 'object' && at !== null ? Object.entries(at).find(([name]) => name === key)?.[1] : undefined
  }
  return typeof at === 'string' ? at : undefined
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

function noModel(name: string, reason: string): Problem {
  return formatProblem['no-model']({ name, reason })
}
