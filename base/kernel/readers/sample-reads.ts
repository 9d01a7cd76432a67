import { problems } from '@millrace/contract'
import { sql } from 'kysely'
import type { ReadContext } from './read-task.ts'

const sampleProblem = problems('sample-reads', { no: { status: 409, say: (p: { why: string }) => `No: ${p.why}.` } })

/** Reads that the tests of the readers run. */
export const reads = {
  echo: async (_context: ReadContext, input: { text: string }) => ({ text: input.text }),
  count: async ({ db }: ReadContext, _input: object) => {
    const { rows } = await sql<{ n: number }>`select count(*) as n from thing`.execute(db)
    return { count: Number(rows[0]?.n) }
  },
  bytes: async (_context: ReadContext, input: { length: number }) => ({ bytes: new Uint8Array(input.length).fill(7) }),
  fewBytes: async (_context: ReadContext, input: { text: string }) => ({ bytes: Buffer.from(input.text) }),
  uncopyable: async (_context: ReadContext, _input: object): Promise<object> => ({ say: () => 'a function' }),
  refuse: async (_context: ReadContext, input: { why: string }): Promise<object> => {
    throw sampleProblem.no(input)
  },
  write: async ({ db }: ReadContext, _input: object) => {
    await sql`insert into thing values (1)`.execute(db)
    return {}
  },
  die: async (_context: ReadContext, _input: object): Promise<object> => process.exit(3),
  spin: async ({ throwIfCancelled }: ReadContext, _input: object): Promise<object> => {
    for (;;) {
      throwIfCancelled()
      await new Promise((resolve) => setImmediate(resolve))
    }
  },
  stick: async (_context: ReadContext, _input: object): Promise<object> => {
    for (;;);
  },
}
