/** What of the view stands in the address. */
export const experimentState = { q: '', sort: '-', base: '', sel: '', view: 'table,charts', smooth: '0', log: '' }
export type ExperimentState = Readonly<typeof experimentState>
export type ChangeState = (changes: Partial<ExperimentState>) => void
