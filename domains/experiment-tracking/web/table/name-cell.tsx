import { count } from '@millrace/ui/format'
import { Button, Chip, Dot, Icon } from '@millrace/ui/parts'
import { AppLink, href } from '@millrace/ui/shell'
import type { ReactNode } from 'react'
import { valueAt } from '../snapshot/run-columns-form.ts'
import { groupAt, type RunColumnsInput } from './run-columns-input.ts'

/** A run's name with its dot and pin, or what a group has in common. */
export function nameCell(input: RunColumnsInput): (row: number) => ReactNode {
  const { view, runs, baseline, slots, hidden, onDot, onBaseline } = input
  const names = runs.columns.get('name')
  return (row) => {
    if (row < 0) return groupName(input, row)
    const id = runs.ids[row] ?? ''
    const name = String(valueAt(names, row) ?? id)
    return (
      <span className="row run-name">
        <button
          type="button"
          className="dot-button"
          aria-label={hidden.has(id) ? `Show ${name} in the charts` : `Hide ${name} in the charts`}
          onClick={() => onDot(id)}
        >
          <Dot slot={hidden.has(id) ? 0 : (slots.get(id) ?? 0)} />
        </button>
        <AppLink className="mono ell" to={href('experiments', view.name, 'runs', id)} title={name}>
          {name}
        </AppLink>
        {row === baseline ? (
          <Chip>
            <Icon name="pin" size={12} />
            baseline
          </Chip>
        ) : (
          <Button
            className="pin not-phone"
            small
            tone="quiet"
            icon="pin"
            aria-label={`Make ${name} the baseline`}
            onClick={() => onBaseline(id)}
          />
        )}
      </span>
    )
  }
}

function groupName(input: RunColumnsInput, row: number): ReactNode {
  const group = groupAt(input.view, row)
  if (group === undefined) return null
  const place = -1 - row
  const says = group.values.map((value) => (value === null ? 'none' : String(value))).join(', ')
  return (
    <button
      type="button"
      className="row group-name"
      aria-expanded={input.open.has(place)}
      title={says}
      onClick={() => input.onGroup(place)}
    >
      <span aria-hidden="true">{input.open.has(place) ? '▾' : '▸'}</span>
      <b className="ell">{says}</b>
      <span className="i3 num">{count(group.rows.length)}</span>
    </button>
  )
}
