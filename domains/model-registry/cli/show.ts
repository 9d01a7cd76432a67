/** A version as the commands show it. */
export interface VersionRow {
  id: string
  model: string
  version: number
  stage: string
  approval: string
  aliases: string[]
  source: string
  runId: string | null
  digest: string
  sizeBytes: number
  format: string
  description: string
  tags: Record<string, string>
  createdAtMs: number
  createdBy: string
}

/** A model as the commands show it. */
export interface ModelRow {
  name: string
  description: string
  riskTier: string
  owner: string
  latestVersion: number | null
  aliases: Record<string, number>
  spec: { tags: Record<string, string>; defaultAlias: string | null }
}

/** A name as a part of an address. */
export const at = (name: string) => encodeURIComponent(name)

/** `champion→3 challenger→4` */
export function aliasText(aliases: Readonly<Record<string, number>>): string {
  return Object.entries(aliases)
    .map(([alias, version]) => `${alias}→${version}`)
    .join(' ')
}

/** `key=value …` of options, as an object; `key=` alone means the empty text. */
export function pairsOf(list: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    list.map((pair) => {
      const [key = '', ...value] = pair.split('=')
      return [key, value.join('=')]
    }),
  )
}
