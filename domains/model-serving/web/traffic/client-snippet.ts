/** What a snippet needs to know of an endpoint. */
export interface Called {
  readonly name: string
  /** The server's address with the workspace: `http://host/w/default`. */
  readonly base: string
  /** The address of our own predictions. */
  readonly address: string
  /** One row by column. */
  readonly example: Readonly<Record<string, unknown>>
}

/** Clients that an endpoint answers, with how each is called. */
export const clients = [
  ['curl', 'curl'],
  ['python', 'Python'],
  ['typescript', 'TypeScript'],
  ['tritonclient', 'tritonclient'],
  ['tensorflow', 'TensorFlow Serving'],
] as const
export type Client = (typeof clients)[number][0]

/** Code for a client, with the real address and a row of the real form. */
export function clientSnippet(client: Client, called: Called): string {
  return snippets[client](called)
}

const snippets: Readonly<Record<Client, (called: Called) => string>> = {
  curl: (called) =>
    `curl -X POST ${called.address} \\\n  -H 'content-type: application/json' \\\n  -d ${inShell(rowsOf(called))}`,
  python: (called) =>
    `import json, requests\n\nrequests.post(\n  ${JSON.stringify(called.address)},\n  json=json.loads(${JSON.stringify(rowsOf(called))}),\n).json()`,
  typescript: (called) =>
    `await fetch(${JSON.stringify(called.address)}, {\n  method: 'POST',\n  headers: { 'content-type': 'application/json' },\n  body: JSON.stringify(${rowsOf(called)}),\n}).then((answer) => answer.json())`,
  tritonclient: (called) =>
    [
      'import numpy as np, tritonclient.http as http',
      '',
      `client = http.InferenceServerClient(${JSON.stringify(called.base.replace(/^https?:\/\//, ''))})`,
      'inputs = []',
      ...Object.entries(called.example).flatMap(([name, value]) => [
        `value = ${pythonArray(value)}`,
        `inputs.append(http.InferInput(${JSON.stringify(name)}, value.shape, ${typeof value === 'string' ? '"BYTES"' : '"FP32"'}))`,
        'inputs[-1].set_data_from_numpy(value)',
      ]),
      `client.infer(${JSON.stringify(called.name)}, inputs).get_response()`,
    ].join('\n'),
  tensorflow: (called) =>
    `curl -X POST ${called.base}/v1/models/${encodeURIComponent(called.name)}:predict \\\n  -H 'content-type: application/json' \\\n  -d ${inShell(JSON.stringify({ instances: [called.example] }))}`,
}

function rowsOf({ example }: Called): string {
  return JSON.stringify({ rows: [example] })
}

function pythonArray(value: unknown): string {
  return typeof value === 'string'
    ? `np.array([[${JSON.stringify(value)}]], dtype=object)`
    : `np.array([[${JSON.stringify(value)}]], dtype=np.float32)`
}

/** Text as one word of a shell, whatever quotes it holds. */
function inShell(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`
}
