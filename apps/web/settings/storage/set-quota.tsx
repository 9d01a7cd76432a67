import { useAct } from '@millrace/ui/data'
import { Field, FormDialog } from '@millrace/ui/parts'
import { useState } from 'react'

/** The most that a workspace may hold or take; a limit that is absent is none. */
export interface Quota {
  artifactBytes?: number
  runs?: number
  pointsPerDay?: number
}

const GIGABYTE = 1_000_000_000

/** Sets the limits of the workspace. */
export function SetQuota({ quota, onClose }: { quota: Quota | null; onClose: () => void }) {
  const [gigabytes, setGigabytes] = useState(textOf(quota?.artifactBytes, GIGABYTE))
  const [runs, setRuns] = useState(textOf(quota?.runs, 1))
  const [points, setPoints] = useState(textOf(quota?.pointsPerDay, 1))
  const set = useAct((api) =>
    api.put('quota', {
      ...limit('artifactBytes', gigabytes, GIGABYTE),
      ...limit('runs', runs, 1),
      ...limit('pointsPerDay', points, 1),
    }),
  )
  return (
    <FormDialog
      opened
      title="Limits of this workspace"
      says="An empty line is no limit. What is over a limit is refused with a sentence; nothing is deleted."
      act="Set limits"
      keep="Leave them"
      ready={[gigabytes, runs, points].every((each) => each === '' || Number(each) >= 0)}
      busy={set.isPending}
      problem={set.error}
      onSubmit={() => set.mutate(undefined, { onSuccess: onClose })}
      onClose={onClose}
    >
      <Field
        label="Artifacts, GB"
        inputMode="decimal"
        value={gigabytes}
        onChange={(event) => setGigabytes(event.target.value)}
        data-autofocus
      />
      <Field label="Runs" inputMode="numeric" value={runs} onChange={(event) => setRuns(event.target.value)} />
      <Field
        label="Points of metrics a day"
        inputMode="numeric"
        value={points}
        onChange={(event) => setPoints(event.target.value)}
      />
    </FormDialog>
  )
}

const textOf = (value: number | undefined, unit: number) => (value === undefined ? '' : String(value / unit))

function limit(name: keyof Quota, text: string, unit: number): Quota {
  return text.trim() === '' ? {} : { [name]: Math.round(Number(text) * unit) }
}
