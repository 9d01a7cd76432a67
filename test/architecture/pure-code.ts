import { layerOf, partOf } from './places.ts'
import { at, type Rule } from './rule.ts'

const outside: Readonly<Record<string, string>> = {
  'Date.now': 'take nowMs as a parameter',
  'new Date': 'take nowMs as a parameter',
  'performance.now': 'take nowMs as a parameter',
  'Math.random': 'take a random source as a parameter',
  'crypto.randomUUID': 'take a new id as a parameter',
  randomUUID: 'take a new id as a parameter',
  randomBytes: 'take a random source as a parameter',
  fetch: 'call the network from a job or chore, and hand the action what came back',
  setTimeout: 'nothing here may wait; use a chore',
  setInterval: 'nothing here may wait; use a chore',
  setImmediate: 'nothing here may wait; use a chore',
}

/** Decisions can be replayed: time, chance and ids come in as values, and no action waits for anything but its store. */
export const pureCode: Rule = {
  name: 'keeps clocks, chance and waiting out of models and actions',
  check: (tree) =>
    tree.sources
      .filter(
        (file) => layerOf(file.path) === 'domains' && !file.isTest && ['model', 'actions'].includes(partOf(file.path)),
      )
      .flatMap((file) => [
        ...file.calls.flatMap((call) => {
          const instead = Object.hasOwn(outside, call.name) ? outside[call.name] : undefined
          return instead === undefined
            ? []
            : [{ at: at(file.path, call.line), says: `calls ${call.name}; ${instead}.` }]
        }),
        ...file.foreignAwaits.map((found) => ({
          at: at(file.path, found.line),
          says: `waits for something that is not its store ("${found.name}"), and with it every other writer. Do that before the action, or in a job.`,
        })),
      ]),
}
