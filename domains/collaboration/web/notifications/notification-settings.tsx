import { useAct, useLoad, type Api } from '@millrace/ui/data'
import { Loaded, PaneHead, toast } from '@millrace/ui/parts'
import './notifications.css'

const kinds = [
  ['mention', 'Somebody mentions me'],
  ['reply', 'Somebody answers me'],
  ['approval', 'An approval is asked for'],
  ['incident', 'An incident is opened'],
  ['rollback', 'An endpoint is rolled back'],
  ['run-failed', 'A run fails'],
] as const

interface Wishes {
  wants: readonly string[]
}

const load = (api: Api, signal: AbortSignal) => api.get<Wishes>('notification-wishes', { signal })

/** Of what one is told inside the product. Channels to mail, Slack and webhooks are the workspace's. */
export default function NotificationSettings() {
  const query = useLoad({ key: ['wishes'], load })
  return (
    <>
      <PaneHead title="Notifications" fact="in this workspace, for you" />
      <Loaded query={query} rows={6}>
        {({ wants }) => <WishList wants={wants} />}
      </Loaded>
      <p className="pad t12 i2">
        For mail, Slack and webhooks an administrator makes channels and rules: “millrace notify --help”.
      </p>
    </>
  )
}

function WishList({ wants }: { wants: readonly string[] }) {
  const put = useAct((api, next: readonly string[]) => api.put('notification-wishes', { wants: next }))
  const toggle = (kind: string) => {
    const next = wants.includes(kind) ? wants.filter((each) => each !== kind) : [...wants, kind]
    put.mutate(next, { onError: (problem) => toast(problem.message) })
  }
  return (
    <fieldset className="wishes">
      <legend className="sr-only">Tell me when</legend>
      {kinds.map(([kind, says]) => (
        <label key={kind} className="row">
          <input type="checkbox" checked={wants.includes(kind)} onChange={() => toggle(kind)} />
          {says}
        </label>
      ))}
    </fieldset>
  )
}
