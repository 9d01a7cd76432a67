import { useLiveState, useLoad, type Api } from '@millrace/ui/data'
import { count } from '@millrace/ui/format'
import { Button, Loaded, PaneHead, Status, type State } from '@millrace/ui/parts'
import { readSamples, sumOf } from './read-samples.ts'

interface Check {
  name: string
  state: State
  word: string
  says: string
}

interface QueueRow {
  name: string
  running?: number
  queued?: number
}

async function textOf(url: string, signal: AbortSignal): Promise<string> {
  const answer = await fetch(url, { signal, credentials: 'same-origin' })
  return answer.ok ? answer.text() : ''
}

async function loadHealth(api: Api, signal: AbortSignal): Promise<readonly Check[]> {
  const root = api.serverUrl('').replace(/api\/millrace\/v1\/$/, '')
  const startedMs = performance.now()
  const [ready, metrics, queues, chain] = await Promise.all([
    textOf(`${root}readyz`, signal),
    textOf(`${root}metrics`, signal),
    api.get<{ items: readonly QueueRow[] }>('queues', { signal }),
    api.get<{ ok: boolean; length: number }>('audit/verification', { signal }).catch(() => null),
  ])
  const tookMs = Math.round(performance.now() - startedMs)
  return [
    ready === ''
      ? { name: 'Server', state: 'bad', word: 'Not ready', says: 'It answers, but takes no work yet.' }
      : { name: 'Server', state: 'ok', word: 'Ready', says: `answered in ${tookMs} ms` },
    ...eventChecks(metrics),
    chain === null
      ? {
          name: 'Audit chain',
          state: 'idle',
          word: 'Not asked',
          says: 'You may not verify it, or it could not be read.',
        }
      : chainCheck(chain),
    {
      name: 'Queues',
      state: 'ok',
      word: `${queues.items.length} declared`,
      says: queues.items.map(({ name }) => name).join(', ') || 'jobs go to the machine’s own slots',
    },
  ]
}

function chainCheck(chain: { ok: boolean; length: number }): Check {
  return chain.ok
    ? {
        name: 'Audit chain',
        state: 'ok',
        word: 'Intact',
        says: `${count(chain.length)} records, each linked to the one before`,
      }
    : { name: 'Audit chain', state: 'bad', word: 'Broken', says: 'the audit log says where' }
}

/** What the server's own figures say of events under way. */
function eventChecks(metrics: string): Check[] {
  if (metrics === '') return []
  const samples = readSamples(metrics)
  const dead = sumOf(samples, 'millrace_outbox_deliveries', 'state="dead"')
  const pending = sumOf(samples, 'millrace_outbox_deliveries', 'state="pending"')
  const memory = sumOf(samples, 'process_resident_memory_bytes')
  const events: Check =
    dead > 0
      ? {
          name: 'Events',
          state: 'bad',
          word: `${count(dead)} stopped`,
          says: 'a listener failed; “millrace events” replays',
        }
      : { name: 'Events', state: 'ok', word: 'Delivered', says: `${count(pending)} under way` }
  const used: Check[] =
    memory === 0
      ? []
      : [{ name: 'Memory', state: 'ok', word: `${Math.round(memory / 1e6)} MB`, says: 'of the control process' }]
  return [events, ...used]
}

/** How the server is: ready, events delivered, audit chain intact, the stream of this page. */
export default function HealthSection() {
  const live = useLiveState()
  const query = useLoad({ key: ['health'], load: loadHealth, everyMs: 15_000 })
  const stream: Check =
    live.kind === 'live'
      ? { name: 'Live updates', state: 'ok', word: 'Connected', says: 'this page follows the server' }
      : { name: 'Live updates', state: 'warn', word: 'Not connected', says: 'tried again by itself' }
  return (
    <>
      <PaneHead title="Health" fact="asked every 15 seconds">
        <Button small icon="retry" onClick={() => void query.refetch()}>
          Ask now
        </Button>
      </PaneHead>
      <Loaded query={query}>
        {(checks) => (
          <table className="tbl">
            <thead>
              <tr>
                <th>What</th>
                <th>State</th>
                <th className="not-phone">Detail</th>
              </tr>
            </thead>
            <tbody>
              {[...checks, stream].map((check) => (
                <tr key={check.name}>
                  <td className="b">{check.name}</td>
                  <td>
                    <Status state={check.state}>{check.word}</Status>
                  </td>
                  <td className="i3 not-phone ell">{check.says}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Loaded>
    </>
  )
}
