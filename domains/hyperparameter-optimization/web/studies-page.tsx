import { useLoad } from '@millrace/ui/data'
import { count, score } from '@millrace/ui/format'
import { Ago, EmptyState, Loaded } from '@millrace/ui/parts'
import { AppLink, EntityHead, href, Page } from '@millrace/ui/shell'
import { loadStudies, studyTopics } from './load-study.ts'

/** All studies of the workspace. */
export default function StudiesPage() {
  const query = useLoad({ key: ['studies'], load: loadStudies, topics: studyTopics })
  return (
    <Page crumbs={[{ name: 'Studies' }]} kind="studies">
      <EntityHead icon="study" title="Studies" facts="the search for good parameters" />
      <Loaded query={query}>
        {({ items }) =>
          items.length === 0 ? (
            <EmptyState
              title="No studies yet"
              waiting="waiting for the first study"
              snippets={[
                {
                  name: 'YAML',
                  code: 'apiVersion: millrace/v1\nkind: Study\nmetadata: { name: tune }\nspec:\n  metric: val/loss\n  direction: minimize\n  space:\n    learning_rate: { type: float, low: 0.0001, high: 0.1, log: true }',
                },
              ]}
            >
              A study proposes parameters; your code tries them and says how good each was.
            </EmptyState>
          ) : (
            <table className="tbl tall sec">
              <thead>
                <tr>
                  <th>Study</th>
                  <th>Searches for</th>
                  <th className="n">Best</th>
                  <th className="n">Trials</th>
                  <th className="n not-phone">Created</th>
                </tr>
              </thead>
              <tbody>
                {items.map((study) => (
                  <tr key={study.id}>
                    <td>
                      <AppLink className="b" to={href('studies', study.name)}>
                        {study.name}
                      </AppLink>
                    </td>
                    <td className="i2">
                      {study.direction === 'minimize' ? 'least' : 'greatest'}{' '}
                      <span className="mono">{study.metric}</span>
                    </td>
                    <td className="n">{score(study.bestValue)}</td>
                    <td className="n">{count(study.trialCount)}</td>
                    <td className="n i3 not-phone">
                      <Ago atMs={study.createdAtMs} />
                    </td>
                  </tr>
                ))}
              </tbody>
            </table>
          )
        }
      </Loaded>
    </Page>
  )
}
