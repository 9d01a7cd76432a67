import type { DatasetVersion } from '@millrace/datasets/contract'
import { bytes, compact, count, dayRange } from '@millrace/ui/format'
import { Ago, Digest, Icon, KeyValue, PaneHead } from '@millrace/ui/parts'
import { AppLink, href } from '@millrace/ui/shell'
import type { Answered, DatasetView } from './load-dataset.ts'

/** Beside the columns: the other versions, where this one is from, its files, what answered with it. */
export function DatasetAside({
  view,
  chosen,
  since,
  onSince,
}: {
  view: DatasetView
  chosen: DatasetVersion
  /** The version that the chosen one is compared with; empty for none. */
  since: string
  onSince: (version: string) => void
}) {
  return (
    <aside>
      <section aria-label="Versions">
        <PaneHead title="Versions" fact={view.versions.length} />
        <ul className="version-list">
          {view.versions.map((each) => (
            <li key={each.id}>
              <AppLink
                to={href('datasets', view.name, 'versions', each.version)}
                aria-current={each.id === chosen.id ? 'true' : undefined}
              >
                <b className="b ell">{each.version}</b>
                <span className="i3 num">{sizeOf(each)}</span>
                <span className="i3 t12 push">
                  <Ago atMs={each.createdAtMs} />
                </span>
              </AppLink>
            </li>
          ))}
        </ul>
        {view.versions.length < 2 ? null : (
          <label className="row pad t12 i2 version-compare">
            Compare with
            <select className="field" value={since} onChange={(event) => onSince(event.target.value)}>
              <option value="">no other</option>
              {view.versions
                .filter(({ id }) => id !== chosen.id)
                .map(({ id, version }) => (
                  <option key={id} value={version}>
                    @{version}
                  </option>
                ))}
            </select>
          </label>
        )}
      </section>
      <section aria-label="Facts">
        <PaneHead title="Facts" />
        <KeyValue entries={factsOf(chosen)} />
      </section>
      <section aria-label="Files">
        <PaneHead title="Files" fact={chosen.files.length} />
        <ul className="file-list">
          {chosen.files.slice(0, 50).map((file) => (
            <li key={file.path}>
              <Icon name="file" size={14} />
              <span className="ell" title={file.path}>
                {file.path}
              </span>
              <span className="push num i3">{bytes(file.sizeBytes)}</span>
            </li>
          ))}
        </ul>
      </section>
      <Answers answered={view.answered} />
    </aside>
  )
}

function sizeOf({ format, fileCount, rowCount }: DatasetVersion): string {
  return format === 'files' ? `${compact(fileCount)} files` : `${compact(rowCount)} rows`
}

function factsOf(version: DatasetVersion) {
  const { split, source } = version
  return [
    ['Digest', <Digest key="digest" value={version.digest} />] as const,
    ...(split === undefined
      ? []
      : [
          [
            'Part of',
            <AppLink key="of" className="link" to={`/r/${split.of}`}>
              the whole
            </AppLink>,
          ] as const,
          ['Span', `${split.column}, ${dayRange(split.fromMs, split.toMs - 1, 'UTC')}`] as const,
        ]),
    ...(source === undefined ? [] : [['In place', source.url] as const]),
    ['Registered', <Ago key="at" atMs={version.createdAtMs} />] as const,
    ['By', version.createdBy] as const,
  ]
}

/** The blast radius: how many predictions rest on this data. */
function Answers({ answered }: { answered: Answered | null }) {
  if (answered === null || answered.count === 0) return null
  return (
    <section aria-label="Predictions">
      <PaneHead title="Predictions that rest on it" fact={count(answered.count)} />
      <ul className="file-list">
        {answered.byVersion.map((each) => (
          <li key={`${each.endpoint}:${each.versionId}`}>
            <Icon name="prediction" size={14} />
            <AppLink className="ell" to={href('lineage', 'model-version', each.versionId)}>
              {each.endpoint} v{each.version}
            </AppLink>
            <span className="push num i3">{count(each.count)}</span>
          </li>
        ))}
      </ul>
    </section>
  )
}
