import { useAct, useApi } from '@millrace/ui/data'
import { duration } from '@millrace/ui/format'
import { Button, CodeBox, Mark, PaneHead } from '@millrace/ui/parts'
import { AppLink, href } from '@millrace/ui/shell'
import { useState } from 'react'
import type { Answer, EndpointView } from './load-endpoint.ts'
import { predict } from './load-endpoint.ts'
import { clients, clientSnippet, type Client } from './traffic/client-snippet.ts'

/** Sends one row and shows the answer; its id opens its lineage. */
export function TryIt({ endpoint, example }: { endpoint: string; example: EndpointView['example'] }) {
  // Until somebody types, the row follows the last one that was logged.
  const [typed, setTyped] = useState<string | null>(null)
  const text = typed ?? JSON.stringify(example, null, 2)
  const [tookMs, setTook] = useState<number | null>(null)
  const act = useAct(predict)
  const row = parsed(text)
  const send = () => {
    if (row === undefined) return
    const startedMs = performance.now()
    act.mutate({ endpoint, row }, { onSettled: () => setTook(performance.now() - startedMs) })
  }
  return (
    <section aria-label="Try it">
      <PaneHead title="Try it" />
      <div className="pad try-it">
        <textarea
          className="field mono"
          aria-label="One row as JSON"
          value={text}
          spellCheck={false}
          rows={Math.min(12, text.split('\n').length)}
          onChange={(event) => setTyped(event.target.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) send()
          }}
        />
        <div className="row">
          <Button small keys={['Ctrl', '↵']} disabled={row === undefined || act.isPending} onClick={send}>
            {act.isPending ? 'Sending…' : 'Send'}
          </Button>
          {row === undefined ? <span className="bad t12">This is not JSON yet.</span> : null}
          <span className="push t12 num i3">{tookMs === null ? '' : duration(tookMs)}</span>
        </div>
        {act.error === null ? null : (
          <p className="row t12 bad" role="alert">
            <Mark state="bad" />
            {act.error.message}
          </p>
        )}
        {act.data === undefined ? null : <Shown answer={act.data} />}
      </div>
    </section>
  )
}

function parsed(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}

function Shown({ answer }: { answer: Answer }) {
  const first = answer.predictions[0]
  if (first === undefined) return null
  return (
    <div className="answer">
      {Object.entries(first.outputs).map(([name, value]) => (
        <div className="row" key={name}>
          <b className="num">{typeof value === 'number' ? Number(value.toFixed(4)) : String(value)}</b>
          <span className="t12 i2">{name}</span>
          <span className="push alias previous num">v{answer.version}</span>
        </div>
      ))}
      <AppLink className="link t12" to={href('lineage', 'prediction', first.id)}>
        Why this answer? <span className="mono i3">{first.id}</span>
      </AppLink>
    </div>
  )
}

/** How to call it from elsewhere, with the real address. */
export function CallIt({ view }: { view: EndpointView }) {
  const [client, choose] = useState<Client>('curl')
  const api = useApi()
  const base = new URL(api.serverUrl('').replace(/api\/millrace\/v1\/$/, `w/${api.workspace}`), location.origin).href
  const called = { name: view.name, base, address: `${view.address}/predict`, example: view.example }
  return (
    <section aria-label="Call it">
      <PaneHead title="Call it" />
      <div className="pad">
        <select
          className="field"
          aria-label="Client"
          value={client}
          onChange={(event) => choose(clients.find(([id]) => id === event.target.value)?.[0] ?? 'curl')}
        >
          {clients.map(([id, name]) => (
            <option key={id} value={id}>
              {name}
            </option>
          ))}
        </select>
        <CodeBox code={clientSnippet(client, called)} />
        <p className="t12 i3 also">
          Also answers Open Inference v2 at <span className="mono">{view.path}</span>.
        </p>
      </div>
    </section>
  )
}
