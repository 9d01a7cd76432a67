import { canonicalJson, declaredEvents } from '@millrace/contract'
import { z } from 'zod'
import type { EventTrigger, ReleasePolicySpec, ReleaseTrigger } from '../contract.ts'
import { problem } from '../contract.ts'
import { nextRunMs } from './cron.ts'

/**
 * The events that delivery hears. Those of runs, jobs and trials come by the thousand and would cost a delivery each; a
 * pipeline that should start on one has triggers of its own.
 */
export const heard = [
  'datasets.*',
  'model-registry.*',
  'pipelines.run.*',
  'model-serving.rollout.*',
  'monitoring.*',
  'governance.*',
] as const

/** An event as a trigger sees it. */
export interface EventSeen {
  readonly id: string
  readonly name: string
  readonly payload: unknown
  readonly atMs: number
}

/** True when one of a policy's triggers names this event and its filter fits. */
export function isTriggeredBy(
  spec: Pick<ReleasePolicySpec, 'triggers'>,
  event: Pick<EventSeen, 'name' | 'payload'>,
): boolean {
  return spec.triggers.some(
    (trigger) => 'event' in trigger && trigger.event === event.name && fits(trigger, event.payload),
  )
}

function fits({ filter }: EventTrigger, payload: unknown): boolean {
  return Object.entries(filter).every(([path, wanted]) => {
    const found = memberAt(payload, path)
    const is = (value: unknown) => found !== undefined && canonicalJson(value) === canonicalJson(found)
    return is(wanted) || (Array.isArray(wanted) && wanted.some(is))
  })
}

/** Checks events, the members they are filtered by, and cron expressions. Throws this domain's problems. */
export function checkTriggers(spec: Pick<ReleasePolicySpec, 'triggers'>): void {
  for (const trigger of spec.triggers) {
    if ('cron' in trigger) nextRunMs(trigger, 0)
    else checkEvent(trigger)
  }
}

function checkEvent({ event, filter }: EventTrigger): void {
  const known = [...declaredEvents().keys()].filter(isHeard).toSorted()
  const type = isHeard(event) ? declaredEvents().get(event) : undefined
  if (type === undefined) throw problem['unknown-event']({ event, known: known.join(', ') })
  const { schema } = type
  if (!(schema instanceof z.ZodObject)) return
  const members = Object.keys(schema.shape)
  for (const path of Object.keys(filter)) {
    const [member = ''] = path.split('.')
    if (!members.includes(member)) {
      throw problem['unknown-event-member']({ event, member, known: members.join(', ') })
    }
  }
}

function isHeard(event: string): boolean {
  return heard.some((pattern) => event.startsWith(pattern.slice(0, -1)))
}

// Nouns whose kind in the lineage is another word.
const kinds: Readonly<Record<string, string>> = {
  'datasets.version': 'dataset-version',
  'model-registry.version': 'model-version',
  'pipelines.run': 'pipeline-run',
}

/** What an event gives a release: the thing it is about, its members as values, and a sentence. */
export function triggerOfEvent(event: EventSeen): ReleaseTrigger {
  const values = scalars(event.payload)
  const [domain = '', noun = ''] = event.name.split('.')
  const { id } = values
  const about =
    typeof id === 'string' ? { kind: kinds[`${domain}.${noun}`] ?? noun, id } : { kind: 'event', id: event.id }
  return { ...about, reason: reasonOf(event, values), event: event.name, by: null, atMs: event.atMs, values }
}

function reasonOf(event: EventSeen, values: ReleaseTrigger['values']): string {
  if (event.name === 'monitoring.alert.fired') {
    return `The alert ${text(values['rule'])} fired at ${text(values['monitor'])}: ${text(values['value'])} against a limit of ${text(values['limit'])}.`
  }
  const said = Object.entries(values)
    .filter(([name, value]) => name !== 'id' && typeof value !== 'object')
    .map(([name, value]) => `${name} ${text(value)}`)
  return `${event.name}${said.length === 0 ? '' : `: ${said.join(', ')}`}.`
}

function text(value: unknown): string {
  if (typeof value === 'number') return String(Number(value.toPrecision(4)))
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function scalars(payload: unknown): ReleaseTrigger['values'] {
  const parsed = z.record(z.string(), z.json()).safeParse(payload)
  return parsed.success ? parsed.data : {}
}

function memberAt(payload: unknown, path: string): unknown {
  let current = payload
  for (const name of path.split('.')) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, name)) return undefined
    current = Reflect.get(current, name)
  }
  return current
}
