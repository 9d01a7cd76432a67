import { ForestPlot } from '@millrace/ui/charts'
import { Graph } from '@millrace/ui/graph'
import { Ago, CheckRow, Digest, PaneHead, Status } from '@millrace/ui/parts'
import { AppLink, href, useGo } from '@millrace/ui/shell'
import type { VersionDetail } from './load-model.ts'

const small = { nodeWidth: 134, nodeHeight: 42, columnGap: 22, rowGap: 12 }

/** What the version rests on: checks of the policy, the comparison with its intervals, its lineage. */
export function VersionEvidence({ version }: { version: VersionDetail }) {
  const go = useGo()
  const passed = version.checks.filter((check) => check.state === 'ok').length
  const all = version.checks.length
  const failed = version.checks.some((check) => check.state === 'bad')
  const verdict = passed === all ? 'ok' : failed ? 'bad' : 'warn'
  return (
    <>
      <div className="cols evidence">
        <section aria-label={`Evidence for v${version.version}`}>
          <PaneHead
            title={`Evidence for v${version.version}`}
            {...(version.policy === null ? {} : { fact: `policy ${version.policy}` })}
          >
            {all === 0 ? null : <Status boxed state={verdict}>{`${passed} of ${all}`}</Status>}
          </PaneHead>
          {all === 0 ? (
            <p className="pad i3 t12">
              Not measured yet. The gate runs the policy’s checks and attaches what it finds.
            </p>
          ) : null}
          {version.checks.map((check) => (
            <CheckRow key={check.name} state={check.state} name={check.name} found={check.found}>
              <span className="i3 t12">{check.atMs === null ? '' : <Ago atMs={check.atMs} />}</span>
            </CheckRow>
          ))}
        </section>
        <Comparison version={version} />
      </div>
      <section className="sec version-lineage" aria-label={`Lineage of v${version.version}`}>
        <PaneHead
          title={`Lineage of v${version.version}`}
          fact={
            <>
              digest <Digest value={version.digest} />
            </>
          }
        >
          <AppLink className="link t12" to={href('lineage', 'model-version', version.id)}>
            Open graph
          </AppLink>
        </PaneHead>
        <div className="small-graph">
          <Graph
            name={`Lineage of v${version.version}`}
            nodes={version.graph.nodes}
            edges={version.graph.edges}
            size={small}
            selected={version.id}
            onSelect={(id) => go.to(version.graph.links[id] ?? href('lineage', 'model-version', version.id))}
          />
        </div>
      </section>
    </>
  )
}

function Comparison({ version }: { version: VersionDetail }) {
  const comparison = version.comparison
  if (comparison === null) {
    return (
      <section>
        <PaneHead title="Comparison" />
        <p className="pad i3 t12">No champion to compare with on the same data.</p>
      </section>
    )
  }
  return (
    <section aria-label={`v${version.version} against ${comparison.with}`}>
      <PaneHead
        title={`v${version.version} against ${comparison.with}`}
        fact="difference with its interval, right is better"
      />
      <div className="pad">
        <p className="t12 i2">{comparison.sentence}</p>
        <ForestPlot name={`v${version.version} against ${comparison.with}`} rows={comparison.rows} />
      </div>
    </section>
  )
}
