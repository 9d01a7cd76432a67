import type { Differences } from '@millrace/experiment-tracking/contract'
import { useLoad } from '@millrace/ui/data'
import { score, signed } from '@millrace/ui/format'
import { EmptyState, Loaded, PaneHead } from '@millrace/ui/parts'
import { AppLink, EntityHead, href, Page, useViewState } from '@millrace/ui/shell'
import { PatchLines } from './patch-lines.tsx'
import './compare.css'

const defaults = { runs: '' }

/** Two runs beside each other: only what is not the same, and how much is. */
export default function CompareRoute() {
  const [{ runs }] = useViewState(defaults)
  const [one = '', other = ''] = runs.split(',').filter(Boolean)
  const query = useLoad({
    key: ['compare', one, other],
    load: async (api, signal) =>
      one === '' || other === ''
        ? null
        : api.get<Differences>(`runs/${encodeURIComponent(one)}/differences/${encodeURIComponent(other)}`, { signal }),
  })
  const experiment = query.data?.run.experiment
  const crumbs = [
    { name: 'Experiments', to: '/experiments' },
    ...(experiment === undefined ? [] : [{ name: experiment, to: href('experiments', experiment) }]),
    { name: 'Compare' },
  ]
  return (
    <Page crumbs={crumbs} kind="run">
      <Loaded query={query} rows={16}>
        {(found) => (found === null ? <NothingChosen /> : <ComparePage found={found} />)}
      </Loaded>
    </Page>
  )
}

function NothingChosen() {
  return (
    <EmptyState
      title="Choose two runs"
      snippets={[{ name: 'CLI', code: 'millrace diff RUN RUN' }]}
      waiting="select two runs of an experiment, then Compare"
    />
  )
}

function ComparePage({ found }: { found: Differences }) {
  const { run, other, code, params, data, environment, packages, hardware, metrics, same } = found
  const named = packages.map(({ ecosystem, name, ...sides }) => ({ field: `${name} (${ecosystem})`, ...sides }))
  return (
    <>
      <EntityHead icon="run" title={`${run.name} and ${other.name}`} facts={sumOf(found)} />
      <Metrics found={found} />
      <Changes title="Parameters" same={same.params} rows={params} found={found} />
      <Changes title="Data" same={same.data} rows={data} found={found} />
      <Changes title="Code" rows={code} found={found} />
      <PatchLines patch={found.patch} />
      <Changes title="Environment" rows={environment} found={found} />
      <Changes title="Packages" same={same.packages} rows={named} found={found} />
      <Changes title="Machine" rows={hardware} found={found} />
      {found.unknown.map((sentence) => (
        <p key={sentence} className="pad t12 i3 not-recorded">
          {sentence}
        </p>
      ))}
      {metrics.length + params.length + data.length + code.length + named.length === 0 ? (
        <p className="pad t12 i2 not-recorded">Nothing that was recorded differs.</p>
      ) : null}
    </>
  )
}

/** What differs and what does not; of what was not recorded it says neither. */
function sumOf({ params, metrics, data, code, same, unknown }: Differences): string {
  const counted = [
    { what: 'parameters', different: params.length, alike: same.params },
    { what: 'metrics', different: metrics.length, alike: same.metrics },
    { what: 'data', different: data.length, alike: same.data },
    { what: 'code', different: code.length, alike: unknown.length === 0 ? 1 : 0 },
  ]
  const differ = counted.filter(({ different }) => different > 0).map(({ what }) => what)
  const alike = counted.filter((each) => each.different === 0 && each.alike > 0).map(({ what }) => what)
  const said = [
    differ.length === 0 ? '' : `different: ${differ.join(', ')}`,
    alike.length === 0 ? '' : `the same: ${alike.join(', ')}`,
  ]
  return said.filter(Boolean).join('; ')
}

function Heads({ found: { run, other } }: { found: Differences }) {
  return [run, other].map(({ id, name, experiment }) => (
    <th key={id} className="n">
      <AppLink className="mono" to={href('experiments', experiment, 'runs', id)}>
        {name}
      </AppLink>
    </th>
  ))
}

interface Row {
  field: string
  run: string | null
  other: string | null
}

function Changes({
  title,
  rows,
  same,
  found,
}: {
  title: string
  rows: readonly Row[]
  same?: number
  found: Differences
}) {
  if (rows.length === 0) return null
  return (
    <section className="sec" aria-label={title}>
      <PaneHead title={title} fact={`${rows.length} different${same === undefined ? '' : `, ${same} the same`}`} />
      <div className="scroll-x">
        <table className="tbl compare">
          <thead>
            <tr>
              <th>Name</th>
              <Heads found={found} />
            </tr>
          </thead>
          <tbody>
            {rows.map(({ field, run, other }) => (
              <tr key={field}>
                <td className="ell" title={field}>
                  {field}
                </td>
                <Side value={run} />
                <Side value={other} />
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function Side({ value }: { value: string | null }) {
  return (
    <td className="n mono ell" title={value ?? 'not there'}>
      {value ?? <span className="i3">none</span>}
    </td>
  )
}

function Metrics({ found }: { found: Differences }) {
  if (found.metrics.length === 0) return null
  return (
    <section className="sec" aria-label="Metrics">
      <PaneHead title="Metrics" fact={`${found.metrics.length} different, ${found.same.metrics} the same`} />
      <div className="scroll-x">
        <table className="tbl compare">
          <thead>
            <tr>
              <th>Last value</th>
              <Heads found={found} />
              <th className="n">Difference</th>
            </tr>
          </thead>
          <tbody>
            {found.metrics.map(({ key, run, other, difference }) => (
              <tr key={key}>
                <td className="ell" title={key}>
                  {key}
                </td>
                <td className="n">{valueOf(run)}</td>
                <td className="n">{valueOf(other)}</td>
                <td className="n b">{difference.last === null ? '·' : signed(difference.last)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  )
}

function valueOf(figures: Differences['metrics'][number]['run']): string {
  if (figures === null) return '·'
  return typeof figures.last === 'number' ? score(figures.last) : figures.last
}
