/** What both ends of a conversation know: endpoints, events, problems, ids, paging. Isomorphic: no `node:`, no DOM. */
export * from './endpoint/endpoint.ts'
export * from './event/event.ts'
export * from './problem/problem.ts'
export * from './ids/ids.ts'
export * from './paging/paging.ts'
export * from './json/canonical.ts'
export * from './references/references.ts'
