import { problems } from '@millrace/contract'

const list = (names: readonly string[]) => (names.length === 0 ? 'none' : names.map((name) => `"${name}"`).join(', '))

/** What can be wrong with values that are to become tensors: the caller's mistakes. Dialects say them in their own form. */
export const valueProblem = problems('scoring', {
  'malformed-json': {
    status: 400,
    say: (p: { reason: string }) => `The body is not JSON: ${p.reason}.`,
  },
  form: { status: 400, say: (p: { what: string }) => p.what },
  'no-route': {
    status: 404,
    say: (p: { name: string }) => `The model has no route "${p.name}"; send it to /predict or /invocations.`,
  },
  ragged: {
    status: 400,
    say: (p: { name: string }) =>
      `The input "${p.name}" is ragged: lists at the same depth must have the same length, and hold either lists or values.`,
  },
  value: {
    status: 400,
    say: (p: { name: string; got: string; takes: string }) =>
      `The input "${p.name}" has the value ${p.got}, which cannot be converted to ${p.takes}.`,
  },
  missing: {
    status: 400,
    say: (p: { missing: readonly string[]; extra: readonly string[] }) =>
      `Model is missing inputs [${p.missing.map((name) => `'${name}'`).join(', ')}].${p.extra.length === 0 ? '' : ` Note that there were extra inputs: [${p.extra.map((name) => `'${name}'`).join(', ')}].`}`,
  },
  unknown: {
    status: 400,
    say: (p: { name: string; takes: readonly string[] }) =>
      `The model has no input "${p.name}". It takes ${list(p.takes)}.`,
  },
  width: {
    status: 400,
    say: (p: { got: number; takes: number }) => `Each row has ${p.got} values; the model takes ${p.takes}.`,
  },
  'needs-names': {
    status: 400,
    say: (p: { takes: readonly string[] }) => `The model has several inputs, ${list(p.takes)}; send them by name.`,
  },
  'takes-tensors': {
    status: 400,
    say: (p: { form: string }) => `The model takes tensors by name; it cannot read ${p.form}.`,
  },
  unsupported: { status: 501, say: (p: { what: string }) => p.what },
})
