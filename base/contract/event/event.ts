import type { z } from 'zod'

/** Something that happened, in the past tense: `model-registry.alias.moved`. `subject` orders deliveries. */
export interface DomainEvent<P = unknown> {
  readonly name: string
  readonly subject: string
  readonly payload: P
}

/** Makes one kind of event, and knows its name and schema. */
export interface EventType<P> {
  (payload: P): DomainEvent<P>
  readonly eventName: string
  readonly schema: z.ZodType<P>
}

const declared = new Map<string, EventType<never>>()

/**
 * Declares an event. `subject` picks the id that orders deliveries (default: the payload's `id`).
 * @param name `domain.noun.verb` in the past tense
 */
export function event<P>(name: string, schema: z.ZodType<P>, subject: (payload: P) => string = idOf): EventType<P> {
  const make = (payload: P): DomainEvent<P> => ({ name, subject: subject(payload), payload })
  const type = Object.assign(make, { eventName: name, schema })
  // The catalogue only reads names and schemas, never calls a type with a payload of another.
  declared.set(name, type as unknown as EventType<never>)
  return type
}

/** Every event declared by the modules loaded so far, by name. */
export function declaredEvents(): ReadonlyMap<string, EventType<never>> {
  return declared
}

function idOf(payload: unknown): string {
  if (typeof payload === 'object' && payload !== null && 'id' in payload && typeof payload.id === 'string') {
    return payload.id
  }
  throw new TypeError('This event has no `id`; give event() a subject function.')
}
