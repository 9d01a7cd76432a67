import { bytes } from '@millrace/ui/format'
import { Icon, KeyValue, PaneHead, Words } from '@millrace/ui/parts'
import { AppLink } from '@millrace/ui/shell'
import type { RunView } from './load-run.ts'

/** What the run was made of, what it left, who uses it. */
export function RunAside({ view }: { view: RunView }) {
  const total = view.artifacts.reduce((sum, artifact) => sum + artifact.sizeBytes, 0)
  return (
    <aside>
      <Params params={view.params} />
      <section>
        <PaneHead title="Code, data, environment" />
        <KeyValue entries={view.context.map(([name, value]) => [name, <Words key={name}>{value}</Words>] as const)} />
      </section>
      <section>
        <PaneHead
          title="Artifacts"
          fact={view.artifacts.length === 0 ? 'none' : `${view.artifacts.length} · ${bytes(total)}`}
        />
        <ul className="file-list">
          {view.artifacts.map((artifact) => (
            <li key={artifact.path}>
              <Icon name={artifact.icon} size={14} />
              <a className="ell" href={artifact.url} download title={artifact.path}>
                {artifact.path}
              </a>
              <span className="push num i3">{bytes(artifact.sizeBytes)}</span>
            </li>
          ))}
        </ul>
      </section>
      <section>
        <PaneHead title="Used by" fact={view.usedBy.length === 0 ? 'nothing yet' : undefined} />
        <ul className="file-list">
          {view.usedBy.map((each) => (
            <li key={each.to + each.name}>
              <Icon name={each.icon} size={14} />
              <AppLink className="ell" to={each.to}>
                {each.name}
              </AppLink>
              <span className="push num i3">{each.fact}</span>
            </li>
          ))}
        </ul>
      </section>
    </aside>
  )
}

function Params({ params }: { params: RunView['params'] }) {
  return (
    <section>
      <PaneHead title="Parameters" fact={params.length === 0 ? 'none' : params.length} />
      {params.length === 0 ? null : (
        <table className="tbl params">
          <thead>
            <tr>
              <th>Name</th>
              <th>Value</th>
            </tr>
          </thead>
          <tbody>
            {params.map((param) => (
              <tr key={param.name}>
                <td className="i2 ell">{param.name}</td>
                <td className="mono ell" title={param.value}>
                  {param.value}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}
