import { readdir, readFile, stat } from 'node:fs/promises'
import { basename, extname, join } from 'node:path'
import { parse as parseYaml } from 'yaml'
import { readModelSettings } from '../../formats/model/read-manifest.ts'
import { readTextProto } from '../../formats/model/read-text-proto.ts'
import type { TextMessage } from '../../formats/model/read-text-proto.ts'
import type { VersionPolicy } from '../model/version-policy.ts'
import { latestAlone, messagesAt, pickVersions, readVersionPolicy, textAt } from '../model/version-policy.ts'

/** A version of a model as it lies in a repository. */
export interface StoredModel {
  readonly name: string
  readonly version: number
  readonly path: string
  /** Changes when its files do. */
  readonly stamp: string
}

const modelFile = /\.(onnx|mar|pkl|pickle|joblib|ubj|xgb|mjs|mts)$/i
const deepestStamp = 5
const mostStamped = 5000

/** All models of a repository: its folders and files, or the folder itself where it is one model. Skips what cannot be read. */
export async function scanRepository(root: string): Promise<StoredModel[]> {
  const names = await readdir(root)
  const isModel = ['MLmodel', 'saved_model.pb', 'model-settings.json', 'config.pbtxt', 'bentofile.yaml'].some((name) =>
    names.includes(name),
  )
  if (isModel) return storedModels(root, basename(root))
  const found = await Promise.all(
    names
      .filter((name) => !name.startsWith('.') && !name.startsWith('_'))
      .map(async (name) => {
        const path = join(root, name)
        const info = await stat(path).catch(() => undefined)
        if (info?.isDirectory() === true) return storedModels(path, name)
        return info !== undefined && modelFile.test(name)
          ? storedModels(path, name.slice(0, -extname(name).length))
          : []
      }),
  )
  return found.flat()
}

/** The models of TensorFlow Serving's `model_config_list`. Throws a RangeError for a text that is none. */
export async function scanConfigFile(path: string): Promise<StoredModel[]> {
  const [list] = messagesAt(readTextProto(await readFile(path, 'utf8')), 'model_config_list')
  const configs = list === undefined ? [] : messagesAt(list, 'config')
  const found = await Promise.all(
    configs.map((config) => {
      const base = textAt(config, 'base_path') ?? ''
      const name = textAt(config, 'name') ?? basename(base)
      return storedModels(base, name, readVersionPolicy(messagesAt(config, 'model_version_policy')[0]))
    }),
  )
  return found.flat()
}

/** The versions of one model: numbered folders where it has them, else what lies there is version 1. */
export async function storedModels(path: string, name: string, given?: VersionPolicy): Promise<StoredModel[]> {
  const names = await readdir(path).catch((): string[] => [])
  const numbers = names.filter((entry) => /^\d+$/.test(entry)).map(Number)
  if (numbers.length === 0) return [await whole(path, name, names)]
  const config = names.includes('config.pbtxt') ? await readConfig(join(path, 'config.pbtxt')) : undefined
  const policy =
    given ?? (config === undefined ? latestAlone : readVersionPolicy(messagesAt(config, 'version_policy')[0]))
  const title = (config === undefined ? undefined : textAt(config, 'name')) ?? name
  const file = config === undefined ? undefined : textAt(config, 'default_model_filename')
  return Promise.all(
    pickVersions(policy, numbers).map(async (version) => {
      // Triton's configuration refuses back ends that are its own; with one version the whole folder is looked at.
      const folder = join(path, names.find((entry) => Number(entry) === version) ?? String(version))
      const refused =
        config !== undefined && (textAt(config, 'backend') === 'python' || textAt(config, 'platform') === 'ensemble')
      const own = refused ? path : file === undefined ? folder : join(folder, file)
      return { name: title, version, path: own, stamp: await stampOf(folder) }
    }),
  )
}

async function whole(path: string, name: string, names: readonly string[]): Promise<StoredModel> {
  const stamp = await stampOf(path)
  if (!names.includes('model-settings.json')) return { name, version: 1, path, stamp }
  const settings: unknown = parseYaml(await readFile(join(path, 'model-settings.json'), 'utf8'))
  const read = readModelSettings(settings)
  return { name: read?.name === undefined || read.name === '' ? name : read.name, version: 1, path, stamp }
}

async function readConfig(path: string): Promise<TextMessage | undefined> {
  try {
    return readTextProto(await readFile(path, 'utf8'))
  } catch {
    return undefined // looking at the model says what is wrong with it
  }
}

/** The newest change below a path, and how much lies there. */
async function stampOf(path: string): Promise<string> {
  let newest = 0
  let size = 0
  let seen = 0
  const visit = async (at: string, depth: number): Promise<void> => {
    const info = await stat(at).catch(() => undefined)
    if (info === undefined || seen > mostStamped) return
    seen += 1
    newest = Math.max(newest, info.mtimeMs)
    if (!info.isDirectory()) size += info.size
    else if (depth < deepestStamp) for (const name of await readdir(at)) await visit(join(at, name), depth + 1)
  }
  await visit(path, 0)
  return `${Math.round(newest)}-${size}-${seen}`
}
