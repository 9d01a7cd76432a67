import { integer, pipeline, step } from '@millrace/pipelines/define'

const addOne = step({
  name: 'add-one',
  inputs: { n: integer() },
  outputs: { n: integer() },
  run: async ({ inputs }) => ({ n: inputs.n + 1 }),
})

/** A chain of ten tiny steps: what a step costs besides its own work. */
export default pipeline('chain', { parameters: { start: integer({ default: 0 }) } }, ({ start }) => {
  let n = addOne({ n: start }).n
  for (let index = 2; index <= 10; index += 1) n = addOne({ n }, { name: `add-one-${index}` }).n
  return { n }
})
