import { useAct } from '@millrace/ui/data'
import { Button, Choice, CodeBox, Dialog, Field, FormDialog } from '@millrace/ui/parts'
import { useState } from 'react'
import { expiryOf, reaches, scopesOf, type Reach } from './token-reach.ts'

/** Asks what a token is for, how far it reaches and how long; then shows its secret, this once. */
export function MakeToken({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('')
  const [reach, setReach] = useState<Reach>('all')
  const [scopes, setScopes] = useState('')
  const [days, setDays] = useState('90')
  const make = useAct((api) => {
    const wanted = scopesOf(reach, scopes)
    const expiresAtMs = expiryOf(days, Date.now())
    return api.post<{ token: string }>('me/tokens', {
      name: name.trim(),
      ...(wanted === undefined ? {} : { scopes: wanted }),
      ...(expiresAtMs === undefined ? {} : { expiresAtMs }),
    })
  })
  if (make.data !== undefined) return <Secret token={make.data.token} onClose={onClose} />
  return (
    <FormDialog
      opened
      title="New token"
      says="A program that sends it acts as you, as far as it reaches."
      act="Make token"
      keep="Make none"
      ready={name.trim() !== '' && (reach !== 'own' || scopes.trim() !== '')}
      busy={make.isPending}
      problem={make.error}
      onSubmit={() => make.mutate()}
      onClose={onClose}
    >
      <Field
        label="What it is for"
        value={name}
        maxLength={128}
        onChange={(event) => setName(event.target.value)}
        data-autofocus
      />
      <Choice label="How far it reaches" value={reach} choices={reaches} onChange={(next) => setReach(next as Reach)} />
      {reach === 'own' ? (
        <Field
          mono
          label="Scopes"
          hint="domain:verb, domain:*, *:verb or a verb; commas between. Verbs: read, write, predict, approve, administer."
          placeholder="experiment-tracking:write, read"
          value={scopes}
          onChange={(event) => setScopes(event.target.value)}
        />
      ) : null}
      <Choice
        label="Until"
        value={days}
        choices={[
          ['7', 'a week from now'],
          ['30', '30 days from now'],
          ['90', '90 days from now'],
          ['365', 'a year from now'],
          ['', 'it is revoked'],
        ]}
        onChange={setDays}
      />
    </FormDialog>
  )
}

function Secret({ token, onClose }: { token: string; onClose: () => void }) {
  return (
    <Dialog opened onClose={onClose} label="The new token" width={480}>
      <div className="confirm">
        <h2>The new token</h2>
        <p className="t12 i2">Copy it now: it is kept nowhere and not shown again.</p>
        <CodeBox code={token} label="Copy token" />
        <p className="t12 i2">For MLflow’s clients and our own:</p>
        <CodeBox
          code={`export MLFLOW_TRACKING_URI=${location.origin}\nexport MLFLOW_TRACKING_TOKEN=${token}`}
          label="Copy lines"
        />
        <footer className="row">
          <Button tone="primary" onClick={onClose} data-autofocus>
            It is copied
          </Button>
        </footer>
      </div>
    </Dialog>
  )
}
