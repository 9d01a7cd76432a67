import { stat } from 'node:fs/promises'
import { basename, extname, isAbsolute, resolve, sep } from 'node:path'
import { detectSource } from '../../formats/process/detect-source.ts'
import type {
  ManageAnswer,
  ManagedModel,
  ManageOrder,
  ModelReport,
  PlaneDeployment,
  PlaneEndpoint,
} from '../../model/plane-snapshot.ts'
import type { ModelSource } from '../../model/model-source.ts'
import { planeProblem } from '../../process/plane/plane-problems.ts'
import { repositoryProblem } from '../model/repository-problems.ts'
import type { StoredModel } from './scan-repository.ts'
import { scanConfigFile, scanRepository, storedModels } from './scan-repository.ts'

export interface ModelRepositoryOptions {
  readonly folder: string | undefined
  /** TensorFlow Serving's `model_config_list`. */
  readonly configFile: string | undefined
  readonly pythonFor: ((path: string) => Promise<string>) | undefined
  /** One more model, and whether it is trusted; brings it to this machine. */
  readonly find?: (() => Promise<{ name: string; path: string; trusted: boolean }>) | undefined
  /** Tells the data plane; resolves when it has answered. */
  readonly apply: () => Promise<void>
}

/** Models that are served because they lie in a folder, without the registry. */
export interface ModelRepository {
  /** The endpoints, but those whose names are taken by the store's (`workspace/name`). */
  endpoints(taken: ReadonlySet<string>): readonly PlaneEndpoint[]
  /** Hears what became of models. */
  note(reports: readonly ModelReport[]): void
  /** Looks at the folder again; true when what is to be served has changed. */
  scan(): Promise<boolean>
  /** Carries out a management protocol's order. Throws a Problem. */
  manage(order: ManageOrder): Promise<ManageAnswer>
}

interface Held extends StoredModel {
  readonly versionId: string
  readonly source: ModelSource | undefined
  readonly reason: string
}

const workspace = 'default'
const notReady = 'its Python environment is being made'
/** Longest that a look waits for one model. */
const patienceMs = 2000
export const repositoryPrefix = 'repository:'

/** Makes it; nothing is read before the first `scan`. */
export function createModelRepository(options: ModelRepositoryOptions): ModelRepository {
  return new Repository(options)
}

class Repository implements ModelRepository {
  readonly #options: ModelRepositoryOptions
  #held: readonly Held[] = []
  /** What served last under a name and version: it goes on while its successor cannot be loaded. */
  readonly #good = new Map<string, Held>()
  readonly #reports = new Map<string, ModelReport>()
  readonly #unloaded = new Set<string>()
  readonly #registered = new Map<string, string>()
  readonly #untrusted = new Set<string>()
  readonly #looking = new Map<string, Promise<Held>>()
  #scanning: Promise<boolean> | undefined

  constructor(options: ModelRepositoryOptions) {
    this.#options = options
  }

  endpoints(taken: ReadonlySet<string>): readonly PlaneEndpoint[] {
    const byName = Map.groupBy(this.#held, ({ name }) => name)
    return [...byName].flatMap(([name, versions]) => {
      if (taken.has(`${workspace}/${name}`) || this.#unloaded.has(name)) return []
      const deployments = versions.flatMap((held) => this.#servedOf(held)).flatMap(deploymentOf)
      const id = `${repositoryPrefix}${name}`
      return [{ workspace, id, name, logging: { enabled: false, sampleRate: 0, redact: [] }, deployments }]
    })
  }

  note(reports: readonly ModelReport[]): void {
    for (const report of reports) {
      const held = this.#held.find(({ versionId }) => versionId === report.versionId)
      if (held === undefined) continue
      this.#reports.set(report.versionId, report)
      if (report.ok) this.#good.set(keyOf(held), held)
    }
  }

  /** Calls that come together share one look. */
  scan(): Promise<boolean> {
    return (this.#scanning ??= this.#look().finally(() => (this.#scanning = undefined)))
  }

  async manage(order: ManageOrder): Promise<ManageAnswer> {
    if (order.verb === 'index') return { ok: true, models: this.#index() }
    if (order.verb === 'register') await this.#register(order.name, order.location)
    // A model that failed is tried again when somebody asks for it.
    if (order.verb !== 'unload') for (const held of this.#held) if (held.name === order.name) this.#forgetFailure(held)
    await this.scan()
    if (!this.#held.some(({ name }) => name === order.name))
      throw planeProblem['unknown-endpoint']({ name: order.name })
    if (order.verb === 'unload') this.#unloaded.add(order.name)
    else this.#unloaded.delete(order.name)
    await this.#options.apply()
    if (order.verb !== 'unload') this.#requireLoaded(order.name)
    return { ok: true }
  }

  async #look(): Promise<boolean> {
    const first = new Map<string, StoredModel>()
    for (const model of await this.#stored()) if (!first.has(keyOf(model))) first.set(keyOf(model), model)
    const held = await Promise.all([...first.values()].map((model) => this.#heldOf(model)))
    const changed = textOf(held) !== textOf(this.#held)
    this.#held = held
    for (const key of this.#good.keys()) if (!first.has(key)) this.#good.delete(key)
    return changed
  }

  async #stored(): Promise<StoredModel[]> {
    const { folder, configFile } = this.#options
    const stored = [
      ...(folder === undefined ? [] : await scanRepository(folder)),
      ...(configFile === undefined ? [] : await scanConfigFile(configFile)),
    ]
    const one = await this.#options.find?.()
    if (one !== undefined) {
      // Its own settings may call it otherwise; who serves it by name is answered by that name.
      const versions = await storedModels(one.path, one.name)
      stored.push(...versions.map((version) => ({ ...version, name: one.name })))
      if (!one.trusted) this.#untrusted.add(one.name)
    }
    for (const [name, path] of this.#registered) stored.push(...(await storedModels(path, name)))
    return stored
  }

  /** What is known of a model; one whose Python environment takes its time holds up no other. */
  async #heldOf(model: StoredModel): Promise<Held> {
    const versionId = `${repositoryPrefix}${keyOf(model)}@${model.stamp}`
    const known = this.#held.find((held) => held.versionId === versionId && held.reason !== notReady)
    if (known !== undefined) return known
    const looking = this.#looking.get(versionId) ?? this.#hold(model, versionId)
    this.#looking.set(versionId, looking)
    const late: Held = { ...model, versionId, source: undefined, reason: notReady }
    const found = await Promise.race([looking, after(patienceMs, late)])
    if (found === late) this.#tellLater(looking)
    else this.#looking.delete(versionId)
    return found
  }

  #tellLater(looking: Promise<Held>): void {
    const told = looking.then(() => this.scan()).then(() => this.#options.apply())
    told.catch(() => {}) // the next look finds the same, and says it
  }

  async #hold(model: StoredModel, versionId: string): Promise<Held> {
    try {
      const source = await detectSource(model.path, {
        trusted: !this.#untrusted.has(model.name),
        pythonFor: this.#options.pythonFor,
      })
      return { ...model, versionId, source, reason: '' }
    } catch (error) {
      return { ...model, versionId, source: undefined, reason: error instanceof Error ? error.message : String(error) }
    }
  }

  #servedOf(held: Held): Held[] {
    const failed = held.source === undefined || this.#reports.get(held.versionId)?.ok === false
    if (!failed) return [held]
    const before = this.#good.get(keyOf(held))
    return before === undefined ? [] : [before]
  }

  #index(): ManagedModel[] {
    return this.#held.map((held) => {
      const { name, version, path } = held
      return { name, version: String(version), location: path, ...this.#stateOf(held) }
    })
  }

  #stateOf(held: Held): Pick<ManagedModel, 'state' | 'reason'> {
    if (this.#unloaded.has(held.name)) return { state: 'UNAVAILABLE', reason: 'unloaded' }
    if (held.reason === notReady) return { state: 'LOADING', reason: held.reason }
    if (held.source === undefined) return { state: 'UNAVAILABLE', reason: held.reason }
    const report = this.#reports.get(held.versionId)
    if (report === undefined) return { state: 'LOADING', reason: '' }
    return report.ok ? { state: 'READY', reason: '' } : { state: 'UNAVAILABLE', reason: report.reason }
  }

  #forgetFailure(held: Held): void {
    if (this.#reports.get(held.versionId)?.ok === false) this.#reports.delete(held.versionId)
    if (held.source === undefined) this.#held = this.#held.filter((other) => other !== held)
  }

  #requireLoaded(name: string): void {
    const failed = this.#held.filter((held) => held.name === name).map((held) => this.#stateOf(held))
    const wrong = failed.find(({ state }) => state === 'UNAVAILABLE')
    if (wrong !== undefined) throw repositoryProblem['model-unusable']({ name, reason: wrong.reason })
  }

  /** Only what lies in the repository may be registered: a caller names files, but not any file of this machine. */
  async #register(name: string, location: string): Promise<void> {
    const { folder } = this.#options
    const path = folder === undefined || isAbsolute(location) ? location : resolve(folder, location)
    const root = folder === undefined ? undefined : resolve(folder)
    const inside = root !== undefined && (resolve(path) === root || resolve(path).startsWith(`${root}${sep}`))
    if (!inside || (await stat(path).catch(() => undefined)) === undefined) {
      throw repositoryProblem['model-unusable']({
        name,
        reason: `${location} is not in this server's model repository`,
      })
    }
    const title = name === '' ? basename(path, extname(path)) : name
    this.#registered.set(title, path)
  }
}

function after<T>(ms: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(() => resolve(value), ms).unref())
}

function keyOf({ name, version }: StoredModel): string {
  return `${name}/${version}`
}

function textOf(held: readonly Held[]): string {
  return JSON.stringify(held.map(({ versionId, source, reason }) => [versionId, source, reason]))
}

/** The newest version answers; others answer who asks for them. */
function deploymentOf({ versionId, version, source }: Held, index: number): PlaneDeployment[] {
  if (source === undefined) return []
  const role = index === 0 ? 'champion' : 'retired'
  return [{ id: versionId, versionId, version, source, role, weight: index === 0 ? 100 : 0, rollout: null }]
}
