import type { RegistryChange } from '@millrace/model-registry/contract'
import { Ago, PaneHead } from '@millrace/ui/parts'

/** Who changed what, newest first: versions, every move of an alias and a stage, approvals, owners, names. */
export function ModelHistory({ changes }: { changes: readonly RegistryChange[] }) {
  if (changes.length === 0) return null
  return (
    <section className="sec" aria-label="History">
      <PaneHead title="History" fact="every alias and stage move, with who and why" />
      <div className="scroll-x">
        <table className="tbl">
          <thead>
            <tr>
              <th>What</th>
              <th className="not-phone">Who</th>
              <th className="not-phone">Why</th>
              <th className="n">When</th>
            </tr>
          </thead>
          <tbody>
            {changes.map((change, at) => (
              // A log of things that happened: its order never changes, and two may be alike.
              <tr key={`${change.atMs}-${changes.length - at}`}>
                <td>{sentenceOf(change)}</td>
                <td className="i2 ell not-phone">{change.by.name}</td>
                <td className="i2 ell not-phone" title={change.reason ?? undefined}>
                  {change.reason ?? '·'}
                </td>
                <td className="n i3">
                  <Ago atMs={change.atMs} />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

type Worded = (change: RegistryChange) => string

const of = ({ version }: RegistryChange) => (version === null ? '' : `v${version} `)
const words: Readonly<Record<RegistryChange['kind'], Worded>> = {
  created: () => 'Model created',
  registered: ({ version, to }) => `v${version ?? to ?? ''} registered`,
  alias: aliasMove,
  stage: (change) => `${of(change)}moved from ${change.from ?? 'None'} to ${change.to ?? 'None'}`,
  approval: (change) => `${of(change)}approval: ${change.to ?? 'none'}`,
  renamed: ({ from, to }) => `Renamed from ${from ?? ''} to ${to ?? ''}`,
  owner: ({ to }) => `Owner: ${to ?? 'nobody'}`,
  deleted: ({ version }) => (version === null ? 'Model deleted' : `v${version} deleted`),
}

/** A change in words. Aliases point from version to version; stages and approvals are those of one version. */
export function sentenceOf(change: RegistryChange): string {
  return words[change.kind](change)
}

function aliasMove({ version, subject, from, to }: RegistryChange): string {
  if (to === null) return `Alias ${subject} taken from v${from ?? version ?? ''}`
  return from === null ? `Alias ${subject} given to v${to}` : `Alias ${subject} moved from v${from} to v${to}`
}
