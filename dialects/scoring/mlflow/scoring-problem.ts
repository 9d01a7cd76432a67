import { problems } from '@millrace/contract'

const fields = `{'dataframe_records', 'dataframe_split', 'inputs', 'instances'}`
const oneOf = `The input must be a JSON dictionary with exactly one of the input fields ${fields}`
const list = (names: readonly string[]) => `[${names.map((name) => `'${name}'`).join(', ')}]`

/** How MLflow's scoring server says what is wrong with a request; in its words, because clients look for them. */
export const scoringProblem = problems('mlflow-scoring', {
  charset: { status: 415, say: () => 'The scoring server only supports UTF-8' },
  parameters: {
    status: 415,
    say: (p: { names: readonly string[] }) =>
      `Unrecognized content type parameters: ${p.names.join(', ')}. The protocol is that of MLflow 2 and later.`,
  },
  'content-type': {
    status: 415,
    say: (p: { got: string }) =>
      `This predictor only supports the following content types: Types: ['text/csv', 'application/json']. Got '${p.got}'.`,
  },
  json: {
    status: 400,
    say: (p: { reason: string }) => `Ensure that input is a valid JSON formatted string. Error: '${p.reason}'`,
  },
  list: { status: 400, say: () => `${oneOf}. Received a list.` },
  type: {
    status: 400,
    say: (p: { type: string }) => `${oneOf}. Received unexpected input type '${p.type}'.`,
  },
  fields: {
    status: 400,
    say: (p: { names: readonly string[] }) =>
      `${oneOf}. Received dictionary with input fields: ${list(p.names)}. The protocol is that of MLflow 2 and later.`,
  },
  records: {
    status: 400,
    say: (p: { got: string }) => `Dataframe records format must be a list of records. Got ${p.got}.`,
  },
  split: { status: 400, say: (p: { got: string }) => `Dataframe split format must be a dictionary. Got ${p.got}.` },
  'split-fields': {
    status: 400,
    say: (p: { names: readonly string[] }) =>
      `Dataframe split format must have 'data' field and optionally 'columns' and 'index' fields. Got ${list(p.names)}.`,
  },
  'split-rows': {
    status: 400,
    say: (p: { reason: string }) =>
      `Provided dataframe_split field is not a valid dataframe representation in 'split' format. Error: '${p.reason}'`,
  },
  'signature-name': { status: 400, say: () => '"signature_name" parameter is currently not supported' },
  csv: {
    status: 400,
    say: (p: { reason: string }) =>
      `Failed to parse input as a Pandas DataFrame. Ensure that the input is a valid CSV-formatted Pandas DataFrame produced using the \`pandas.DataFrame.to_csv()\` method. Error: '${p.reason}'`,
  },
  predict: {
    status: 400,
    say: (p: { reason: string }) =>
      `Failed to predict data. \nError: Failed to enforce schema of data. Error: ${p.reason}`,
  },
  'missing-inputs': {
    status: 400,
    say: (p: { reason: string }) =>
      `Failed to predict data. \nError: Failed to enforce schema of data. Error: ${p.reason}`,
  },
  'unified-input': {
    status: 400,
    say: () =>
      'The model takes tensors or columns; "messages", "prompt" and "input" are for models that read requests themselves.',
  },
})
