import type { Api } from './http/api.ts'

export interface FoundVersion {
  readonly id: string
  readonly model: string
  readonly version: number
  readonly runId: string | null
  readonly aliases: readonly string[]
  readonly digest: string
}

/** The model registry. */
export class Models {
  readonly #api: Api

  constructor(api: Api) {
    this.#api = api
  }

  /** Registers an artifact of a run as the next version of a model; the model is made where there is none. */
  async register(model: string, from: { run: { readonly id: string } | string; path: string }): Promise<FoundVersion> {
    const runId = typeof from.run === 'string' ? from.run : from.run.id
    const name = encodeURIComponent(model)
    await this.#api
      .request('GET', `/models/${name}`)
      .catch(async () => this.#api.request('PUT', `/models/${name}`, { body: {} }))
    return this.#api.request('POST', `/models/${name}/versions`, { body: { runId, artifactPath: from.path } })
  }

  /** A version by `models:/name@alias` or `models:/name/3`. */
  async version(reference: string): Promise<FoundVersion> {
    const [, name = '', alias, number] = /^models:\/([^@/]+)(?:@(.+)|\/(\d+))$/.exec(reference) ?? []
    if (name === '') throw new TypeError(`"${reference}" is no reference like models:/name@alias or models:/name/3.`)
    const model = encodeURIComponent(name)
    if (number !== undefined) return this.#api.request('GET', `/models/${model}/versions/${number}`)
    const { aliases } = await this.#api.request<{ aliases: Record<string, number> }>('GET', `/models/${model}`)
    const found = aliases[alias ?? '']
    if (found === undefined) throw new Error(`The model ${name} has no alias ${alias}.`)
    return this.#api.request('GET', `/models/${model}/versions/${found}`)
  }

  /** Lets an alias name a version. */
  async setAlias(model: string, alias: string, version: number): Promise<void> {
    const path = `/models/${encodeURIComponent(model)}/aliases/${encodeURIComponent(alias)}`
    await this.#api.request('PUT', path, { body: { version } })
  }
}
