import type { Prediction } from '@millrace/model-serving/contract'
import { useLoad } from '@millrace/ui/data'
import { duration, score } from '@millrace/ui/format'
import { Ago, Alias, Button, Loaded, PaneHead, SearchField } from '@millrace/ui/parts'
import { AppLink, href, useViewState } from '@millrace/ui/shell'
import { loadRequests, type RequestsAsked } from './load-requests.ts'

const defaults = { log: '', version: '', since: '', page: '' }
const topics = ['model-serving.log'] as const
const spans = [
  ['', 'Any time'],
  ['1', 'Last hour'],
  ['24', 'Last day'],
  ['168', 'Last week'],
] as const

/** Logged predictions, the newest first, with filters that stand in the address. */
export function RequestLog({ endpoint, versions }: { endpoint: string; versions: readonly Version[] }) {
  const [state, change] = useViewState(defaults)
  const asked: RequestsAsked = { text: state.log, versionId: state.version, hours: state.since, page: state.page }
  const rows = useLoad({
    key: ['requests', endpoint, state.log, state.version, state.since, state.page],
    load: (api, signal) => loadRequests(api, endpoint, asked, signal),
    topics,
  })
  return (
    <section className="sec" aria-label="Requests">
      <PaneHead title="Requests" fact="logged predictions, the newest first" />
      <div className="pad row wrap">
        <SearchField
          label="Filter this page of requests"
          placeholder="id, caller, input or output"
          value={state.log}
          onChange={(log) => change({ log })}
        />
        <select
          className="field log-choice"
          aria-label="Version"
          value={state.version}
          onChange={(event) => change({ version: event.target.value, page: '' })}
        >
          <option value="">All versions</option>
          {versions.map((each) => (
            <option key={each.id} value={each.id}>
              {each.name}
            </option>
          ))}
        </select>
        <select
          className="field log-choice"
          aria-label="Time"
          value={state.since}
          onChange={(event) => change({ since: event.target.value, page: '' })}
        >
          {spans.map(([hours, says]) => (
            <option key={hours} value={hours}>
              {says}
            </option>
          ))}
        </select>
      </div>
      <Loaded query={rows} rows={6}>
        {(page) => (
          <>
            <RequestTable items={page.items} />
            <div className="pad row">
              {state.page === '' ? null : (
                <Button small onClick={() => change({ page: '' })}>
                  Newest
                </Button>
              )}
              {page.next === null ? null : (
                <Button small onClick={() => change({ page: page.next ?? '' })}>
                  Older
                </Button>
              )}
              <span className="i3 t12">
                {page.items.length} of the {page.read} read
              </span>
            </div>
          </>
        )}
      </Loaded>
    </section>
  )
}

interface Version {
  id: string
  name: string
}

function RequestTable({ items }: { items: readonly Prediction[] }) {
  if (items.length === 0) return <p className="pad i3 t12">No logged prediction matches.</p>
  return (
    // What scrolls must be reachable without a mouse.
    <div className="scroll-x" tabIndex={0} role="region" aria-label="Logged predictions">
      <table className="tbl">
        <thead>
          <tr>
            <th>Prediction</th>
            <th>Version</th>
            <th>When</th>
            <th className="n">Took</th>
            <th className="not-phone">Inputs</th>
            <th>Outputs</th>
            <th className="n not-phone">Ground truth</th>
          </tr>
        </thead>
        <tbody>
          {items.map((row) => (
            <tr key={row.id}>
              <td>
                <AppLink className="link mono" to={href('lineage', 'prediction', row.id)}>
                  {row.id}
                </AppLink>
              </td>
              <td>
                <span className="row">
                  <b className="num">v{row.version}</b> <Alias name={row.role} />
                </span>
              </td>
              <td className="i3">
                <Ago atMs={row.eventTimeMs} />
              </td>
              <td className="n">{duration(row.latencyUs / 1000)}</td>
              <td className="not-phone mono t11">{shown(row.inputs)}</td>
              <td className="mono t11">{shown(row.outputs)}</td>
              <td className="n not-phone">{row.label?.value ?? '·'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

const LONGEST = 80

function shown(values: Readonly<Record<string, unknown>>): string {
  const text = Object.entries(values)
    .map(([name, value]) => `${name} ${typeof value === 'number' ? score(value) : JSON.stringify(value)}`)
    .join(', ')
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text
}
