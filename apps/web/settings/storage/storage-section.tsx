import { useAct, useLoad } from '@millrace/ui/data'
import { bytes, count } from '@millrace/ui/format'
import { Button, Confirm, KeyValue, Loaded, Meter, PaneHead, toast } from '@millrace/ui/parts'
import { useState } from 'react'
import { DemoButton } from '../../first-minutes/demo/demo-button.tsx'
import { SetQuota, type Quota } from './set-quota.tsx'

interface Usage {
  artifacts: { files: number; bytes: number }
  runs: { active: number; deleted: number }
  experiments: { active: number; deleted: number }
  pointsToday: number
  waitingBytes: number
  quota: Quota | null
  warnings: readonly { limit: string; sentence: string }[]
}
interface Freed {
  runs: number
  files: number
  bytes: number
}

const topics = ['experiment-tracking']

/** What the workspace holds, what it may hold, and what could be freed. */
export default function StorageSection() {
  const query = useLoad({
    key: ['usage'],
    load: (api, signal) => api.get<Usage>('usage', { signal }),
    topics,
    everyMs: 30_000,
  })
  return <Loaded query={query}>{(usage) => <Storage usage={usage} />}</Loaded>
}

function Storage({ usage }: { usage: Usage }) {
  const [limiting, setLimiting] = useState(false)
  const { quota } = usage
  return (
    <>
      <PaneHead title="Storage" fact={quota === null ? 'no limits' : 'with limits'}>
        <Button small onClick={() => setLimiting(true)}>
          Set limits
        </Button>
      </PaneHead>
      {usage.warnings.map(({ limit, sentence }) => (
        <p key={limit} className="alert warn pad">
          {sentence}
        </p>
      ))}
      <KeyValue
        entries={[
          ['Artifacts', <Used key="a" used={usage.artifacts.bytes} allowed={quota?.artifactBytes} write={bytes} />],
          ['Files', count(usage.artifacts.files)],
          [
            'Runs',
            <Used key="r" used={usage.runs.active + usage.runs.deleted} allowed={quota?.runs} write={count}>
              {`, ${count(usage.runs.deleted)} of them in the trash`}
            </Used>,
          ],
          ['Experiments', `${count(usage.experiments.active)}, ${count(usage.experiments.deleted)} in the trash`],
          ['Points today', <Used key="p" used={usage.pointsToday} allowed={quota?.pointsPerDay} write={count} />],
          ['Forgotten, not freed yet', bytes(usage.waitingBytes)],
        ]}
      />
      <Retention />
      <section className="sec" aria-label="Demo">
        <PaneHead title="Demo" fact="150 flowers and eight runs, to look around with" />
        <div className="pad">
          <DemoButton />
        </div>
      </section>
      {limiting ? <SetQuota quota={quota} onClose={() => setLimiting(false)} /> : null}
    </>
  )
}

interface UsedProps {
  used: number
  allowed: number | undefined
  write: (value: number) => string
  children?: string
}

function Used({ used, allowed, write, children }: UsedProps) {
  if (allowed === undefined) return `${write(used)}${children ?? ''}`
  const share = allowed === 0 ? 1 : used / allowed
  return (
    <span className="row">
      {write(used)} of {write(allowed)}
      {children}
      <Meter share={share} tone={share > 0.9 ? 'warn' : 'water'} label={`${Math.round(share * 100)}% used`} />
    </span>
  )
}

/** What was deleted long ago can be freed; experiments may say so for themselves. */
function Retention() {
  const [found, setFound] = useState<Freed | null>(null)
  const look = useAct((api) => api.post<Freed>('garbage', { dryRun: true }))
  const free = useAct((api) => api.post<Freed>('garbage', { dryRun: false }))
  return (
    <section className="sec" aria-label="Retention">
      <PaneHead title="Retention" fact="deleted things stay in the trash until somebody frees them">
        <Button small disabled={look.isPending} onClick={() => look.mutate(undefined, { onSuccess: setFound })}>
          What could be freed?
        </Button>
      </PaneHead>
      <p className="pad t12 i2">
        What was deleted more than 30 days ago, and nothing holds, can be freed here or with “millrace data gc --apply”.
        An experiment whose “retention” says so keeps less; that is applied every hour.
      </p>
      {look.error === null ? null : <p className="pad t12 bad">{look.error.message}</p>}
      <Confirm
        opened={found !== null}
        title="Free what was deleted?"
        act={`Free ${bytes(found?.bytes ?? 0)}`}
        keep="Keep everything"
        destructive
        busy={free.isPending}
        problem={free.error}
        onConfirm={() =>
          free.mutate(undefined, {
            onSuccess: (freed) => {
              toast(`${bytes(freed.bytes)} freed`)
              setFound(null)
            },
          })
        }
        onClose={() => setFound(null)}
      >
        {count(found?.runs ?? 0)} runs with {count(found?.files ?? 0)} files, deleted more than 30 days ago, are
        forgotten for good.
      </Confirm>
    </section>
  )
}
