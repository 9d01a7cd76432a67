import type { DatasetDiff, DatasetVersion } from '@millrace/datasets/contract'
import { useLoad } from '@millrace/ui/data'
import { bytes, count, score } from '@millrace/ui/format'
import { Loaded, PaneHead } from '@millrace/ui/parts'

type Table = DatasetDiff['tables'][number]

/** What changed from an older version to the one shown. */
export function DatasetChanges({ from, to }: { from: string; to: DatasetVersion }) {
  const older = `datasets:/${to.dataset}@${from}`
  const query = useLoad({
    key: ['dataset-diff', older, to.id],
    load: (api, signal) => api.get<DatasetDiff>('dataset-diffs', { query: { from: older, to: to.id }, signal }),
  })
  return (
    <section className="sec" aria-label="Changes">
      <PaneHead title={`Changes since @${from}`} fact={query.data === undefined ? 'comparing' : sizeOf(query.data)} />
      <Loaded query={query} rows={4}>
        {(diff) => (
          <>
            {diff.tables.map((table) => (
              <TableChanges key={table.table} table={table} />
            ))}
            {diff.notCompared.map(({ table, reason }) => (
              <p key={table} className="pad t12 i2">
                {table} was not compared: {reason}
              </p>
            ))}
          </>
        )}
      </Loaded>
    </section>
  )
}

function sizeOf({ same, files }: DatasetDiff): string {
  if (same) return 'the same content'
  const said = [
    files.added === 0 ? '' : `${count(files.added)} added`,
    files.removed === 0 ? '' : `${count(files.removed)} removed`,
    files.changed === 0 ? '' : `${count(files.changed)} changed`,
  ]
  return `files: ${said.filter(Boolean).join(', ')}; ${bytes(files.newBytes)} new`
}

function TableChanges({ table: { table, rows, columns, shifts } }: { table: Table }) {
  const named = [
    ...columns.added.map(({ name, type }) => `${name} (${type.toLowerCase()}) added`),
    ...columns.removed.map(({ name }) => `${name} removed`),
    ...columns.retyped.map(({ name, from, to }) => `${name} ${from.toLowerCase()} → ${to.toLowerCase()}`),
  ]
  return (
    <>
      <p className="pad t12">
        <b>{table}</b>: {count(rows.from)} → {count(rows.to)} rows, {count(rows.added)} added, {count(rows.removed)}{' '}
        removed, {count(rows.unchanged)} unchanged.
        {named.length === 0 ? ' The columns are the same.' : ` Columns: ${named.join(', ')}.`}
      </p>
      {shifts.length === 0 ? null : (
        <div className="scroll-x">
          <table className="tbl">
            <thead>
              <tr>
                <th>Column</th>
                <th className="n" title="Population stability index: by custom 0.1 is moderate, 0.25 large">
                  PSI
                </th>
                <th className="n not-phone">JS distance</th>
                <th className="n not-phone">KS</th>
                <th className="n">Missing</th>
              </tr>
            </thead>
            <tbody>
              {shifts.map((shift) => (
                <tr key={shift.column}>
                  <td className="b ell">{shift.column}</td>
                  <td className={shift.psi >= 0.25 ? 'n bad' : shift.psi >= 0.1 ? 'n warn' : 'n'}>
                    {score(shift.psi)}
                    {shift.psi >= 0.25 ? ' large' : shift.psi >= 0.1 ? ' moderate' : ''}
                  </td>
                  <td className="n not-phone">{score(shift.js)}</td>
                  <td className="n not-phone">{shift.ks === null ? '·' : score(shift.ks)}</td>
                  <td className="n i3">
                    {count(shift.nulls[0])} → {count(shift.nulls[1])}
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </>
  )
}
