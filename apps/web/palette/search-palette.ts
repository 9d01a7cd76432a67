import type { Api } from '@millrace/ui/data'
import type { PaletteEntry } from '@millrace/ui/shell'
import { href } from '@millrace/ui/shell'

const FOUND = 6
const LEAST_LETTERS = 2

interface Items<Item> {
  items: readonly Item[]
}
interface RunFound {
  id: string
  name: string
  experiment: string
  status: string
}
interface VersionFound {
  model: string
  version: number
}
interface IncidentFound {
  id: string
  title: string
  state: string
}

/** A text as a value of the query language. */
export const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`

/** What a prefix asks for: runs with a tag, runs of a person, or anything whose name holds the text. */
export function runQueryOf(typed: string): string | null {
  const text = typed.slice(1).trim()
  if (typed.startsWith('#')) return tagQuery(text)
  if (typed.startsWith('@')) return text === '' ? null : `user contains ${quoted(text)}`
  return /^[>:]/.test(typed) || typed.length < LEAST_LETTERS ? null : `name contains ${quoted(typed)}`
}

function tagQuery(text: string): string | null {
  const [, key = '', value = ''] = /^([^=]+?)\s*(?:=\s*(.*))?$/.exec(text) ?? []
  if (key === '') return null
  const field = `tags.\`${key.replaceAll('`', '')}\``
  return value === '' ? `${field} exists` : `${field} = ${quoted(value)}`
}

/** Finds runs, versions and incidents on the server: too many of them to hold in the page. */
export async function searchPalette(api: Api, typed: string, signal: AbortSignal): Promise<readonly PaletteEntry[]> {
  const query = runQueryOf(typed)
  if (query === null) return []
  const plain = !/^[#@]/.test(typed)
  const [runs, versions, incidents] = await Promise.all([
    api.post<Items<RunFound>>('runs/search', { query, limit: FOUND }, { signal }),
    plain ? findVersions(api, typed, signal) : [],
    plain ? findIncidents(api, typed, signal) : [],
  ])
  return [...runs.items.map(runEntry), ...versions, ...incidents]
}

const runEntry = (run: RunFound): PaletteEntry => ({
  name: run.name,
  fact: `run of ${run.experiment}, ${run.status}`,
  icon: 'run',
  group: 'Names',
  to: href('experiments', run.experiment, 'runs', run.id),
})

/** `late v3` or `late@3` finds version 3; a name alone its newest versions. */
async function findVersions(api: Api, typed: string, signal: AbortSignal): Promise<PaletteEntry[]> {
  const [, name = typed, number] = /^(.*?)(?:[\s@]+v?(\d+))?$/i.exec(typed) ?? []
  const wanted = name.trim().toLowerCase()
  const { items } = await api.get<Items<VersionFound>>('model-versions', { query: { limit: 200 }, signal })
  return items
    .filter((each) => each.model.toLowerCase().includes(wanted))
    .filter((each) => number === undefined || String(each.version).startsWith(number))
    .slice(0, FOUND)
    .map(({ model, version }) => ({
      name: `${model} v${version}`,
      fact: 'model version',
      icon: 'model',
      group: 'Names',
      to: `${href('models', model)}?version=${version}`,
    }))
}

async function findIncidents(api: Api, typed: string, signal: AbortSignal): Promise<PaletteEntry[]> {
  const { items } = await api.get<Items<IncidentFound>>('incidents', { query: { limit: 100 }, signal })
  return items
    .filter(({ title }) => title.toLowerCase().includes(typed.toLowerCase()))
    .slice(0, FOUND)
    .map(({ id, title, state }) => ({
      name: title,
      fact: `incident, ${state}`,
      icon: 'bell',
      group: 'Names',
      to: href('incidents', id),
    }))
}
