import { Button, Chip, Segmented } from '@millrace/ui/parts'
import type { ChangeState, ExperimentState } from '../experiment-state.ts'
import { groupsOf, type ExperimentView } from '../use-experiment.ts'

const spreads = [
  ['std', 'mean ± std'],
  ['range', 'min – max'],
] as const
const MOST = 200

/** By what the table groups, what its groups say, and which columns it has. */
export function TableBar({
  view,
  state,
  change,
}: {
  view: ExperimentView
  state: ExperimentState
  change: ChangeState
}) {
  const groups = groupsOf(state.group)
  const write = (next: readonly string[]) =>
    change({ group: next.map((each) => each.replaceAll(',', '%2C')).join(',') })
  const known = view.fields.filter(({ field }) => /^(params|tags)\./.test(field)).map(({ field }) => field)
  const choices = ['status', 'user', ...known.slice(0, MOST)].filter((field) => !groups.includes(field))
  return (
    <span className="row not-phone">
      <select
        className="field view-choice"
        aria-label="Group by"
        value=""
        onChange={(event) => write([...groups, event.target.value])}
      >
        <option value="">{groups.length === 0 ? 'Group by' : 'and by'}</option>
        {choices.map((field) => (
          <option key={field} value={field}>
            {field}
          </option>
        ))}
      </select>
      {groups.map((field) => (
        <Chip key={field}>
          {field}
          <Button
            small
            tone="quiet"
            icon="cross"
            aria-label={`Do not group by ${field}`}
            onClick={() => write(groups.filter((each) => each !== field))}
          />
        </Chip>
      ))}
      {groups.length === 0 ? null : (
        <Segmented
          label="Groups say"
          small
          choices={spreads}
          value={state.spread === 'range' ? 'range' : 'std'}
          onChange={(spread) => change({ spread })}
        />
      )}
      <input
        className="field mono cols-choice"
        aria-label="Columns by regular expression"
        placeholder="columns: auc|rate"
        value={state.cols}
        onChange={(event) => change({ cols: event.target.value })}
      />
    </span>
  )
}
