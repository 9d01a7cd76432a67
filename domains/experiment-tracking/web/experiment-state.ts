/** What of the view stands in the address. */
export const experimentState = {
  q: '',
  sort: '-',
  group: '',
  spread: 'std',
  cols: '',
  base: '',
  sel: '',
  view: 'table,charts',
  x: 'step',
  smooth: '0',
  log: '',
  panels: '',
  zoom: '',
}
export type ExperimentState = Readonly<typeof experimentState>
export type ChangeState = (changes: Partial<ExperimentState>) => void
