import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, existsSync, mkdirSync, renameSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Problem } from '@millrace/contract'
import type { ModelVersion } from '@millrace/model-registry/contract'
import type { OnnxSource } from '@millrace/model-serving/plane'
import type { ApiClient } from '@millrace/terminal'

/** A model's file on this machine. */
export interface LocalModel {
  readonly source: OnnxSource
  /** What people call it, with the version that a reference came to. */
  readonly name: string
  /** SHA-256 of the file, hex. */
  readonly digest: string
  readonly version?: ModelVersion
}

/** Where downloads are kept; `MILLRACE_CACHE`, else the user's cache folder. */
export function cacheFolder(env: Readonly<Record<string, string | undefined>>): string {
  return env['MILLRACE_CACHE'] ?? join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'millrace')
}

/**
 * Finds a model by `models:/name/version`, `models:/name@alias`, `runs:/run/path`, an ONNX file or a folder that holds one.
 * What the server has is downloaded once. Throws `client/no-such-model` and what the server answers.
 */
export async function localModel(text: string, api: ApiClient, cache: string): Promise<LocalModel> {
  if (text.startsWith('models:/')) return registeredModel(text, api, cache)
  if (text.startsWith('runs:/')) {
    const [, run = '', path = ''] = /^runs:\/+([^/]+)\/?(.*)$/.exec(text) ?? []
    const file = path.endsWith('.onnx') ? path : `${path}/model.onnx`.replace(/^\//, '')
    const url = `/runs/${encodeURIComponent(run)}/artifacts/${file.split('/').map(encodeURIComponent).join('/')}`
    return described(await download(api, url, join(cache, 'models', sha256(`${api.url} ${text}`), 'model.onnx')), text)
  }
  return described(onnxFileAt(resolve(text), text), text)
}

async function registeredModel(text: string, api: ApiClient, cache: string): Promise<LocalModel> {
  const version = await api.get<ModelVersion>('/resolved-model-version', { reference: text })
  const name = `models:/${version.model}/${version.version}`
  if (version.modelFile === null)
    throw noSuchModel(name, `it is of the format ${version.format}, and only ONNX runs here`)
  const to = join(cache, 'models', sha256(`${api.url} ${api.workspace} ${version.id} ${version.digest}`), 'model.onnx')
  const path = existsSync(to) ? to : await download(api, `/model-versions/${version.id}/file`, to)
  return { ...(await described(path, name)), version }
}

async function download(api: ApiClient, url: string, to: string): Promise<string> {
  const { body } = await api.raw('GET', url)
  if (body === null) throw noSuchModel(url, 'the server sent nothing')
  mkdirSync(dirname(to), { recursive: true })
  const temporary = `${to}.${process.pid}.tmp`
  await pipeline(Readable.fromWeb(body), createWriteStream(temporary))
  renameSync(temporary, to)
  return to
}

function onnxFileAt(path: string, text: string): string {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isFile() === true) {
    if (path.endsWith('.onnx')) return path
    throw noSuchModel(text, 'its name does not end in .onnx')
  }
  if (found === undefined) throw noSuchModel(text, 'there is nothing of this name')
  const file = ['model.onnx', 'data/model.onnx', '1/model.onnx'].map((name) => join(path, name)).find(existsSync)
  if (file === undefined) throw noSuchModel(text, 'the folder holds no model.onnx')
  return file
}

async function described(path: string, name: string): Promise<LocalModel> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return { source: { format: 'onnx', path }, name, digest: hash.digest('hex') }
}

function noSuchModel(name: string, reason: string): Problem {
  return new Problem(
    'client/no-such-model',
    400,
    `${name} is no model that runs here: ${reason}. Name models:/name@alias, models:/name/version, runs:/run/path, an ONNX file or a folder with a model.onnx.`,
  )
}

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32)
