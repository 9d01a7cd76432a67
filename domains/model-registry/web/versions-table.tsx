import { bytes, score } from '@millrace/ui/format'
import { Ago, Alias, Mark, PaneHead, Ref } from '@millrace/ui/parts'
import { AppLink } from '@millrace/ui/shell'
import type { ModelView, VersionRow } from './load-model.ts'

/** All versions; the chosen one is marked, and everything below belongs to it. */
export function VersionsTable({ view, onChoose }: { view: ModelView; onChoose: (version: number) => void }) {
  return (
    <section aria-label="Versions">
      <PaneHead title="Versions" fact={view.versions.length} />
      <div className="scroll-x">
        <table className="tbl">
          <thead>
            <tr>
              <th>Version</th>
              <th>Aliases</th>
              <th>Evidence</th>
              {view.measures.map((measure, at) => (
                <th key={measure.name} className={at === 0 ? 'n' : 'n not-phone'}>
                  {measure.name}
                </th>
              ))}
              <th className="n not-phone">Size</th>
              <th className="not-phone">From run</th>
              <th className="not-phone">Data</th>
              <th className="n not-phone">Created</th>
            </tr>
          </thead>
          <tbody>
            {view.versions.map((row) => (
              <Version
                key={row.version}
                row={row}
                measures={view.measures}
                chosen={row.version === view.chosen?.version}
                onChoose={onChoose}
              />
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function Version({
  row,
  measures,
  chosen,
  onChoose,
}: {
  row: VersionRow
  measures: ModelView['measures']
  chosen: boolean
  onChoose: (version: number) => void
}) {
  return (
    <tr className={chosen ? 'current' : ''} aria-current={chosen ? 'true' : undefined}>
      <td>
        <button type="button" className="version-name sb num" onClick={() => onChoose(row.version)}>
          v{row.version}
        </button>
      </td>
      <td>
        <span className="row g1">
          {row.aliases.map((each) => (
            <Alias key={each.alias} name={each.alias} stage={each.stage} />
          ))}
          {row.aliases.length === 0 && row.fate !== null ? <span className="i3">{row.fate}</span> : null}
        </span>
      </td>
      <td>
        {row.evidence === null ? (
          <span className="i3">none</span>
        ) : (
          <span className="row g1 num">
            <Mark state={row.evidence.state} />
            {row.evidence.passed} of {row.evidence.total}
          </span>
        )}
      </td>
      {measures.map((measure, at) => (
        <td key={measure.name} className={at === 0 ? 'n' : 'n not-phone'}>
          {score(row.measures[measure.name])}
        </td>
      ))}
      <td className="n not-phone">{bytes(row.sizeBytes)}</td>
      <td className="not-phone">
        {row.run === null ? (
          <span className="i3">·</span>
        ) : (
          <AppLink className="mono ell" to={row.run.to}>
            {row.run.name}
          </AppLink>
        )}
      </td>
      <td className="not-phone i2">
        {row.data === null ? '·' : <Ref icon="dataset" name={row.data.name} to={row.data.to} />}
      </td>
      <td className="n i3 not-phone">
        <Ago atMs={row.createdAtMs} />
      </td>
    </tr>
  )
}
