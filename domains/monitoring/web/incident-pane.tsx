import { useAct } from '@millrace/ui/data'
import { Button, Chip, Confirm, PaneHead, Status, Timeline, Words, type State } from '@millrace/ui/parts'
import { AppLink, href } from '@millrace/ui/shell'
import { useState } from 'react'
import { actOnIncident, type IncidentView } from './load-monitor.ts'

type Verb = 'mitigate' | 'resolve' | 'review'

const words: Record<IncidentView['state'], { state: State; word: string; next: { verb: Verb; act: string } | null }> = {
  open: { state: 'bad', word: 'Open', next: { verb: 'mitigate', act: 'Mark mitigated' } },
  mitigated: { state: 'warn', word: 'Mitigated', next: { verb: 'resolve', act: 'Resolve' } },
  resolved: { state: 'ok', word: 'Resolved', next: { verb: 'review', act: 'Review' } },
  reviewed: { state: 'ok', word: 'Reviewed', next: null },
}

/** The incident that answers what the monitor saw, with everything that happened since. */
export function IncidentPane({ incident, calm }: { incident: IncidentView | null; calm: string }) {
  if (incident === null) {
    return (
      <section aria-label="Incident">
        <PaneHead title="Incidents" />
        <p className="pad i2 t12">{calm}</p>
      </section>
    )
  }
  return <OpenIncident incident={incident} />
}

function OpenIncident({ incident }: { incident: IncidentView }) {
  const [asking, ask] = useState(false)
  const act = useAct(actOnIncident)
  const { state, word, next } = words[incident.state]
  const close = () => {
    ask(false)
    act.reset()
  }
  return (
    <section aria-label="Incident">
      <PaneHead
        title={<AppLink to={href('incidents', incident.id)}>Incident</AppLink>}
        fact={
          <Status boxed state={state}>
            {word}
          </Status>
        }
      >
        {next === null ? null : (
          <Button small onClick={() => ask(true)}>
            {next.act}
          </Button>
        )}
      </PaneHead>
      <div className="pad incident-says">
        <p className="sb">{incident.title}</p>
        <p className="t12 i2">{incident.says}</p>
        <div className="row g1 wrap">
          {incident.facts.map((fact) => (
            <Chip key={fact}>{fact}</Chip>
          ))}
        </div>
      </div>
      <Timeline entries={incident.timeline.map(({ says, ...rest }) => ({ ...rest, says: <Words>{says}</Words> }))} />
      {next === null ? null : (
        <Confirm
          opened={asking}
          title={`${next.act}?`}
          act={next.act}
          keep="Leave as it is"
          reason="required"
          busy={act.isPending}
          problem={act.error}
          onClose={close}
          onConfirm={(note) => act.mutate({ incident: incident.id, verb: next.verb, note }, { onSuccess: close })}
        >
          The note stays with the incident and in the audit log.
        </Confirm>
      )}
    </section>
  )
}
