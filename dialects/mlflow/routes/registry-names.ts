import { posix } from 'node:path'
import type { Message } from '../wire/message.ts'
import { missing, pairs, text } from '../wire/message.ts'
import { invalid } from '../wire/mlflow-error.ts'

/** The model a request names, by `name` or another field. Throws MLflow's sentences. */
export function modelName(message: Message, field = 'name'): string {
  const name = text(message, field)
  if (name.trim() === '') throw missing(field)
  if (/[/:]/.test(name)) throw invalid(`Invalid model name '${name}'. Names cannot contain '/' or ':'.`)
  if (resolvesElsewhere(name))
    throw invalid(`Invalid value ${JSON.stringify(name)} for parameter 'name' supplied: ${badPath(name)}`)
  return name
}

/** The number of the version a request names. */
export function versionNumber(message: Message): number {
  const version = text(message, 'version')
  const number = /^\s*[-+]?\d{1,15}\s*$/.test(version) ? Number(version) : NaN
  if (Number.isNaN(number)) throw invalid(`Parameter 'version' must be an integer, got '${version}'.`)
  return number
}

/** The alias a request names. */
export function aliasOf(message: Message): string {
  const alias = text(message, 'alias')
  if (!/^[\p{L}\p{N}_-]*$/u.test(alias))
    throw invalid(
      `Invalid alias name: '${alias}'. Names may only contain alphanumerics, underscores (_), and dashes (-).`,
    )
  if (alias.length > 255) throw invalid(tooLong('Registered model alias name', 255))
  return alias
}

/** An alias that may be given: not one that means a version already. */
export function newAliasOf(message: Message): string {
  const alias = aliasOf(message)
  if (alias.toLowerCase() === 'latest') throw invalid("'latest' alias name (case insensitive) is reserved.")
  if (/^v\d+$/i.test(alias)) throw invalid(`Version alias name '${alias}' is reserved.`)
  return alias
}

/** The key of a tag. */
export function tagKey(key: string): string {
  if (!/^[\p{L}\p{N}_/.\- :]*$/u.test(key))
    throw invalid(
      `Invalid value ${JSON.stringify(key)} for parameter 'key' supplied: Names may only contain alphanumerics, underscores (_), dashes (-), periods (.), spaces ( ), colon(:) and slashes (/).`,
    )
  if (resolvesElsewhere(key))
    throw invalid(`Invalid value ${JSON.stringify(key)} for parameter 'key' supplied: ${badPath(key)}`)
  if (key.length > 250) throw invalid(tooLong('key', 250))
  return key
}

/** The value of a tag. */
export function tagValue(key: string, value: string): string {
  if (value.length <= 100_000) return value
  if (key === 'mlflow.prompt.text') throw invalid('Prompt text exceeds max length of 100000 characters.')
  throw invalid(tooLong('value', 100_000))
}

/** The tags of a new model or version; a later one of the same key wins. */
export function newTags(message: Message): Record<string, string> {
  const tags = pairs(message, 'tags')
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [tagKey(key), tagValue(key, value)]))
}

function resolvesElsewhere(name: string): boolean {
  const normal = posix.normalize(name)
  return normal !== name || normal === '.' || normal.startsWith('..') || normal.startsWith('/')
}

function badPath(name: string): string {
  return `Names may be treated as files in certain cases, and must not resolve to other names when treated as such. This name would resolve to '${posix.normalize(name)}'`
}

function tooLong(what: string, limit: number): string {
  return `'${what}' exceeds the maximum length of ${limit} characters`
}
