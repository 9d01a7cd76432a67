import type { Differences } from '@millrace/experiment-tracking/contract'
import { PaneHead } from '@millrace/ui/parts'

const looks: Readonly<Record<string, string>> = { '-': 'gone', '+': 'come' }

/** How the uncommitted changes of two runs differ, line by line. */
export function PatchLines({ patch: { lines, truncated } }: { patch: Differences['patch'] }) {
  if (lines.length === 0) return null
  return (
    <section className="sec" aria-label="Uncommitted changes">
      <PaneHead title="Uncommitted changes" fact={truncated ? 'the first lines' : undefined} />
      <pre className="mono patch-lines">
        {lines.map((line, at) => (
          // The lines of one text: their place is what tells them apart.
          <span key={`${at}:${line.length}`} className={looks[line.slice(0, 1)]}>
            {`${line}\n`}
          </span>
        ))}
      </pre>
    </section>
  )
}
