import { useLoad } from '@millrace/ui/data'
import { Alias, Button, Chip, Loaded, toast } from '@millrace/ui/parts'
import { EntityHead, Page, Thread, useViewState, type PageParams } from '@millrace/ui/shell'
import { loadModel, modelTopics, type ModelView } from './load-model.ts'
import { ModelHistory } from './model-history.tsx'
import { VersionAside } from './version-aside.tsx'
import { VersionEvidence } from './version-evidence.tsx'
import { VersionsTable } from './versions-table.tsx'
import './model.css'

const defaults = { version: '' }

export default function ModelRoute({ params }: PageParams) {
  const model = params['model'] ?? ''
  const [{ version }, change] = useViewState(defaults)
  const query = useLoad({
    key: ['model', model, version],
    load: (api, signal) => loadModel(api, model, version, signal),
    topics: modelTopics,
  })
  return (
    <Page crumbs={[{ name: 'Models', to: '/models' }, { name: model }]} kind="model">
      <Loaded query={query} rows={20}>
        {(view) => <ModelPage view={view} onChoose={(next) => change({ version: String(next) })} />}
      </Loaded>
    </Page>
  )
}

/** A model: which version answers, may the next one replace it. Evidence, approvals and card belong to the chosen version. */
export function ModelPage({ view, onChoose }: { view: ModelView; onChoose: (version: number) => void }) {
  const chosen = view.chosen
  return (
    <>
      <EntityHead
        icon="model"
        title={view.name}
        verdict={<Chip>{view.tier === 'high' ? 'high risk' : 'low risk'}</Chip>}
        facts={view.description}
      >
        <Button className="not-phone" icon="copy" onClick={() => copy(view.reference)}>
          <span className="mono">{view.reference}</span>
        </Button>
      </EntityHead>
      {chosen === null ? null : <Thread stops={chosen.thread} />}
      <div className="split">
        <div className="col">
          <Aliases aliases={view.aliases} onChoose={onChoose} />
          <VersionsTable view={view} onChoose={onChoose} />
          {chosen === null ? null : <VersionEvidence version={chosen} />}
          <ModelHistory changes={view.history} />
        </div>
        {chosen === null ? <aside /> : <VersionAside version={chosen} />}
      </div>
    </>
  )
}

function copy(text: string): void {
  void navigator.clipboard.writeText(text).then(() => toast('Reference copied'))
}

function Aliases({ aliases, onChoose }: { aliases: ModelView['aliases']; onChoose: (version: number) => void }) {
  if (aliases.length === 0)
    return <p className="pad i3 t12 no-alias">No alias yet: no version answers under this name.</p>
  return (
    <div className="aliases">
      {aliases.map((each) => (
        <button key={each.alias} type="button" onClick={() => onChoose(each.version)}>
          <span className="row">
            <Alias name={each.alias} stage={each.stage} />
            <b className="num">v{each.version}</b>
          </span>
          <span className="i3 t12 ell">{each.says}</span>
        </button>
      ))}
    </div>
  )
}
