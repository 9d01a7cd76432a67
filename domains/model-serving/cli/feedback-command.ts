import type { Command } from '@millrace/terminal'
import { command, exitCodes, formatCount } from '@millrace/terminal'
import { readJson } from './read-json.ts'

/** As many as one request may bring. */
const itemsAtOnce = 100_000

/** `millrace feedback`: what became of predictions. */
export const feedbackCommand: Command = command({
  path: ['feedback'],
  summary: 'Says what became of predictions: a value, the truth, tags, by prediction id',
  usage: 'ENDPOINT [PREDICTION-ID VALUE | FILE]',
  minimumArgs: 2,
  options: [{ name: 'name', describe: 'What the value is; default reward', value: 'NAME' }],
  examples: [
    'millrace feedback flight-delay pred_… 1',
    'millrace feedback flight-delay pred_… 129.90 --name revenue',
    'millrace feedback flight-delay feedback.json',
  ],
  run: async ({ api, args, text, print, say }) => {
    const [endpoint = '', first = '', value] = args
    const name = text('name')
    const items =
      value === undefined
        ? await readJson(first)
        : [{ id: first, value: Number(value), ...(name === undefined ? {} : { name }) }]
    if (!Array.isArray(items) || (value !== undefined && !Number.isFinite(Number(value)))) {
      say('Give a prediction id and a number, or a JSON file with a list of {"id", "value", "name", "truth", "tags"}.')
      return exitCodes.usage
    }
    let rows = 0
    for (let start = 0; start < items.length; start += itemsAtOnce) {
      const part: unknown[] = items.slice(start, start + itemsAtOnce)
      const answer = await api.post<{ rows: number }>(`/endpoints/${encodeURIComponent(endpoint)}/feedback`, {
        items: part,
      })
      rows += answer.rows
    }
    print({ rows }, `Taken: ${formatCount(rows)}.`)
    return exitCodes.ok
  },
})
