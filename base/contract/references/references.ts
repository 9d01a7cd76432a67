import { problems } from '../problem/problem.ts'

/** A reference people type, taken apart. `workspace` is set where it was written (`models://team/x@champion`). */
export interface Reference {
  readonly scheme: 'models' | 'runs' | 'datasets' | 'endpoints' | 'pipelines' | 'studies'
  readonly workspace?: string
  /** The name, or the run's id. */
  readonly name: string
  /** What follows `@`: an alias or a data set's version name. */
  readonly at?: string
  /** What follows the first `/` behind the name: a version number, a run number or an artifact path. */
  readonly rest?: string
}

export const referenceProblem = problems('reference', {
  malformed: {
    status: 400,
    say: (p: { text: string }) =>
      `"${p.text}" is not a reference. Write one as models:/name@alias, models:/name/3, runs:/id/model, datasets:/name@version, endpoints:/name or pipelines:/name/3.`,
  },
})

const form =
  /^(models|runs|datasets|endpoints|pipelines|studies):\/(?:\/([a-z0-9][\w.-]*)\/)?([^/@][^@]*?)(?:@([^/@]+))?$/

/** Takes a reference apart. Throws `reference/malformed`. Data set names keep their slashes; elsewhere the first slash ends the name. */
export function parseReference(text: string): Reference {
  const match = form.exec(text)
  const [, scheme, workspace, body, at] = match ?? []
  if (scheme === undefined || body === undefined || body.endsWith('/')) throw referenceProblem.malformed({ text })
  const slash = scheme === 'datasets' ? -1 : body.indexOf('/')
  return {
    scheme: scheme as Reference['scheme'], // the pattern allows no other
    name: slash < 0 ? body : body.slice(0, slash),
    ...optional('workspace', workspace),
    ...optional('at', at),
    ...optional('rest', slash < 0 ? undefined : body.slice(slash + 1)),
  }
}

function optional<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: string }) // TypeScript widens a computed key
}

/** Writes a reference; the inverse of `parseReference`. */
export function formatReference(reference: Reference): string {
  const where = reference.workspace === undefined ? '/' : `//${reference.workspace}/`
  const rest = reference.rest === undefined ? '' : `/${reference.rest}`
  const at = reference.at === undefined ? '' : `@${reference.at}`
  return `${reference.scheme}:${where}${reference.name}${rest}${at}`
}
