import type { Api } from '../http/api.ts'
import { MillraceError } from '../http/millrace-error.ts'

/** A version of a registered model. */
export interface FoundVersion {
  readonly id: string
  readonly model: string
  readonly version: number
  readonly state: string
  readonly approval: string
  readonly runId: string | null
  readonly artifactPath: string
  readonly aliases: readonly string[]
  readonly tags: Readonly<Record<string, string>>
  readonly digest: string
  readonly sizeBytes: number
  readonly createdAtMs: number
}

/** A tensor of a model's signature; -1 is a dimension of any length. */
export interface TensorSpec {
  readonly name: string
  readonly dtype: string
  readonly shape: readonly number[]
}

/** What a version is registered with. */
export interface Registration {
  readonly run: { readonly id: string } | string
  /** The artifact: a file, or a folder with one. */
  readonly path: string
  readonly description?: string
  readonly tags?: Readonly<Record<string, string>>
  readonly signature?: { readonly inputs: readonly TensorSpec[]; readonly outputs: readonly TensorSpec[] }
  readonly signal?: AbortSignal | undefined
}

interface Options {
  readonly signal?: AbortSignal | undefined
}

/** The model registry. Everything throws `MillraceError` with the server's code. */
export class Models {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  /** Registers an artifact of a run as the next version of a model; the model is made where there is none. */
  async register(model: string, registration: Registration): Promise<FoundVersion> {
    const { run, path: artifactPath, signal, ...rest } = registration
    const path = `/models/${encodeURIComponent(model)}`
    await this.#api.request('PUT', path, { body: { onlyNew: true }, signal }).catch((error: unknown) => {
      if (!(error instanceof MillraceError && error.code === 'model-registry/model-exists')) throw error
    })
    const runId = typeof run === 'string' ? run : run.id
    return this.#api.request('POST', `${path}/versions`, { body: { runId, artifactPath, ...rest }, signal })
  }

  /** A version by `models:/name@alias`, `models:/name/3`, or a version's id. */
  async getVersion(reference: string, options: Options = {}): Promise<FoundVersion> {
    const query = new URLSearchParams({ reference }).toString()
    return this.#api.request('GET', `/resolved-model-version?${query}`, options)
  }

  /** All versions of a model, newest first. */
  async *versions(model: string, options: Options = {}): AsyncGenerator<FoundVersion> {
    let pageToken: string | undefined
    do {
      const query = new URLSearchParams(pageToken === undefined ? {} : { pageToken })
      const path = `/models/${encodeURIComponent(model)}/versions?${query.toString()}`
      const page = await this.#api.request<{ items: FoundVersion[]; nextPageToken?: string }>('GET', path, options)
      yield* page.items
      pageToken = page.nextPageToken
    } while (pageToken !== undefined)
  }

  /** Lets an alias name a version. A policy may refuse that; the error says why. */
  async setAlias(
    model: string,
    alias: string,
    version: number,
    options: Options & { readonly reason?: string } = {},
  ): Promise<void> {
    const { reason, signal } = options
    await this.#api.request('PUT', aliasPath(model, alias), { body: { version, reason }, signal })
  }

  /** Takes an alias away. */
  async deleteAlias(model: string, alias: string, options: Options = {}): Promise<void> {
    await this.#api.request('DELETE', aliasPath(model, alias), options)
  }

  /** The bytes of a version's file. */
  async download(version: { readonly id: string } | string, options: Options = {}): Promise<Response> {
    const id = typeof version === 'string' ? version : version.id
    return this.#api.download(`/model-versions/${encodeURIComponent(id)}/file`, options)
  }
}

function aliasPath(model: string, alias: string): string {
  return `/models/${encodeURIComponent(model)}/aliases/${encodeURIComponent(alias)}`
}
