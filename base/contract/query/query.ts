/** One query language for pages, command line and our API: parsed to a tree that can be saved, printed and evaluated. */
export { evaluateQuery } from './evaluate-query.ts'
export type { Evaluation, FieldValue } from './evaluate-query.ts'
export { parseQuery } from './parse-query.ts'
export { printQuery } from './print-query.ts'
export { timeOfText } from './read-value.ts'
export { QueryError } from './tree.ts'
export type { Query, QueryField, QueryOperator, QueryValue, Span } from './tree.ts'
