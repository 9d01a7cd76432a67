import { Ladder, RolloutBar } from '@millrace/ui/charts'
import { useAct } from '@millrace/ui/data'
import { Button, Confirm, Mark } from '@millrace/ui/parts'
import { useState } from 'react'
import { actOnRollout, type EndpointView, type RolloutAct, type RolloutView } from './load-endpoint.ts'

/** Traffic and the steps of the rollout; the verdict and the three acts beside it. */
export function RolloutPane({ view, rollout }: { view: EndpointView; rollout: RolloutView }) {
  const [asking, ask] = useState<RolloutAct | null>(null)
  const act = useAct(actOnRollout)
  const close = () => {
    ask(null)
    act.reset()
  }
  return (
    <div className="rollout-pane">
      <section aria-label="Traffic">
        <header className="row">
          <h2 className="sb">Traffic</h2>
          <span className="push i3 t12 num">{view.shadow}</span>
        </header>
        <RolloutBar shares={view.traffic} />
        <Ladder steps={rollout.steps} />
      </section>
      <aside aria-label="Verdict">
        <div className="row">
          <Mark state={rollout.verdict.state} size={14} />
          <b className="sb">{rollout.verdict.title}</b>
          <span className="push t12 i3 num">{rollout.verdict.progress}</span>
        </div>
        <p className="t12 i2">{rollout.verdict.says}</p>
        <div className="row acts">
          {rollout.acts.promote === null ? null : (
            <Button tone="primary" onClick={() => ask('promote')}>
              {rollout.acts.promote}
            </Button>
          )}
          {rollout.acts.hold ? <Button onClick={() => ask('pause')}>Hold</Button> : null}
          {rollout.acts.resume ? <Button onClick={() => ask('resume')}>Resume</Button> : null}
          {rollout.acts.rollBack ? (
            <Button tone="danger" onClick={() => ask('roll-back')}>
              Roll back
            </Button>
          ) : null}
        </div>
      </aside>
      {asking === null ? null : (
        <Confirm
          opened
          {...words[asking](rollout)}
          destructive={asking === 'roll-back'}
          {...(asking === 'promote' || asking === 'roll-back' ? { typed: typedFor[asking](rollout) } : {})}
          reason="optional"
          busy={act.isPending}
          problem={act.error}
          onClose={close}
          onConfirm={(reason) => act.mutate({ rollout: rollout.id, verb: asking, reason }, { onSuccess: close })}
        >
          {rollout.effect}
        </Confirm>
      )}
    </div>
  )
}

/** What moves all traffic is typed: the version that gets it. */
const typedFor: Record<'promote' | 'roll-back', (rollout: RolloutView) => string> = {
  promote: ({ canary }) => canary,
  'roll-back': ({ champion }) => champion,
}

const words: Record<RolloutAct, (rollout: RolloutView) => { title: string; act: string; keep: string }> = {
  promote: ({ canary, acts }) => ({
    title: `Give ${canary} all traffic?`,
    act: acts.promote ?? 'Promote',
    keep: 'Go on by steps',
  }),
  pause: ({ canary }) => ({ title: `Hold ${canary} at its share?`, act: 'Hold', keep: 'Go on by steps' }),
  resume: ({ canary }) => ({ title: `Let ${canary} go on?`, act: 'Resume', keep: 'Keep holding' }),
  'roll-back': ({ canary, champion }) => ({
    title: `Roll back to ${champion}?`,
    act: 'Roll back',
    keep: `Keep ${canary}`,
  }),
}
