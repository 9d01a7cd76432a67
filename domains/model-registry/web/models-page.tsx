import { useLoad } from '@millrace/ui/data'
import { Ago, Alias, Chip, EmptyState, Loaded } from '@millrace/ui/parts'
import { AppLink, EntityHead, href, Page } from '@millrace/ui/shell'
import { loadModels, modelsTopics, type ModelRow } from './load-models.ts'

/** All registered models. */
export default function ModelsPage() {
  const query = useLoad({ key: ['models'], load: loadModels, topics: modelsTopics })
  return (
    <Page crumbs={[{ name: 'Models' }]} kind="models">
      <EntityHead icon="model" title="Models" facts="which models exist and how good each is" />
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              title="No models yet"
              waiting="waiting for the first version"
              snippets={[
                {
                  name: 'HTTP',
                  code: `curl -X POST ${location.origin}/api/millrace/v1/w/default/models/flight-delay/versions \\\n  -H 'content-type: application/json' \\\n  -d '{"runId":"RUN","artifactPath":"model/model.onnx"}'`,
                },
              ]}
            >
              A run's model becomes a version here; then it can be compared, approved and deployed.
            </EmptyState>
          ) : (
            <ModelsTable rows={items} />
          )
        }
      </Loaded>
    </Page>
  )
}

function ModelsTable({ rows }: { rows: readonly ModelRow[] }) {
  return (
    <table className="tbl tall sec">
      <thead>
        <tr>
          <th>Model</th>
          <th className="not-phone">About</th>
          <th>Aliases</th>
          <th className="n">Versions</th>
          <th className="n not-phone">Changed</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.name}>
            <td>
              <span className="row">
                <AppLink className="b" to={href('models', row.name)}>
                  {row.name}
                </AppLink>
                {row.tier === 'high' ? <Chip outlined>high risk</Chip> : null}
              </span>
            </td>
            <td className="i2 ell not-phone">{row.description}</td>
            <td>
              <span className="row g1">
                {row.aliases.map((each) => (
                  <Alias
                    key={each.alias}
                    name={`${each.alias} v${each.version}`}
                    stage={
                      each.alias === 'champion' ? 'champion' : each.alias === 'challenger' ? 'challenger' : 'previous'
                    }
                  />
                ))}
              </span>
            </td>
            <td className="n">{row.latestVersion ?? '·'}</td>
            <td className="n i3 not-phone">
              <Ago atMs={row.changedAtMs} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}
