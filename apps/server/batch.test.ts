import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { tinyModel } from '@millrace/adapter-onnx-runtime/testing'
import type { BatchWish } from '@millrace/model-serving/batch'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { batchWorkerEntry, digestOf, runBatch, signatureOf } from './batch-parts.ts'

const folder = mkdtempSync(join(tmpdir(), 'millrace-batch-'))
const model = { format: 'onnx', path: join(folder, 'model.onnx') } as const
const rows = 300_000

beforeAll(() => {
  writeFileSync(model.path, tinyModel({ weights: { a: 1, b: -2 }, bias: 0.5 }))
  const lines = Array.from({ length: rows }, (_, id) => `${id},"name ""${id}""",${(id % 97) / 97},${(id % 89) / 89}`)
  writeFileSync(join(folder, 'rows.csv'), `id,name,a,b\n${lines.join('\n')}\n`)
})
afterAll(() => rmSync(folder, { recursive: true }))

const probability = (id: number) => 1 / (1 + Math.exp(-((id % 97) / 97 - 2 * ((id % 89) / 89) + 0.5)))

async function run(wish: Partial<BatchWish>) {
  const whole: BatchWish = {
    model,
    modelName: 'tiny',
    modelDigest: await digestOf(model.path),
    input: [join(folder, 'rows.csv')],
    output: join(folder, 'out'),
    keep: ['id', 'name'],
    features: [],
    batchRows: 1e4,
    workers: 2,
    overwrite: false,
    ...wish,
  }
  return runBatch(whole, { workerEntry: batchWorkerEntry, signature: await signatureOf(model) })
}

function checkCsv(text: string, expected = rows) {
  const [header, ...lines] = text.trimEnd().split('\n')
  expect(header).toBe('id,name,probability')
  expect(lines.length).toBe(expected)
  const wrong = lines.findIndex((line, id) => {
    const [, found, name, value] = /^(\d+),"name ""(\d+)""",(.*)$/.exec(line) ?? []
    return Number(found) !== id || Number(name) !== id || !(Math.abs(Number(value) - probability(id)) < 1e-5)
  })
  expect(wrong).toBe(-1)
}

describe('predicting files', () => {
  it('answers every row once, in order, with the kept columns, in every format', async () => {
    const output = join(folder, 'whole.csv')
    const report = await run({ output })
    expect(report).toMatchObject({ predictedRows: rows, unchanged: false, manifest: { rows, format: 'csv' } })
    checkCsv(readFileSync(output, 'utf8'))
    // By way of Parquet and JSON lines, in parts, the same comes out.
    await run({ output: join(folder, 'parts'), format: 'parquet', keep: ['id', 'name', 'a', 'b'] })
    await run({ input: [join(folder, 'parts')], output: join(folder, 'third.jsonl'), keep: ['id'], overwrite: true })
    const lines = readFileSync(join(folder, 'third.jsonl'), 'utf8').trimEnd().split('\n')
    expect(lines.length).toBe(rows)
    expect(JSON.parse(lines[rows - 1] ?? '')).toMatchObject({ id: rows - 1 })
    expect(existsSync(join(folder, 'parts', '_unfinished'))).toBe(false)
  }, 60_000)

  it('changes nothing when it is asked for the same again, and refuses to mix with other work', async () => {
    const output = join(folder, 'again')
    await run({ output, limit: 1000 })
    expect(await run({ output, limit: 1000 })).toMatchObject({ unchanged: true, predictedRows: 0 })
    await expect(run({ output, limit: 999 })).rejects.toThrow('holds something else already')
    expect(await run({ output, limit: 999, overwrite: true })).toMatchObject({ manifest: { rows: 999 } })
  }, 60_000)

  it('says what does not fit and leaves nothing behind', async () => {
    writeFileSync(join(folder, 'bad.csv'), 'a,c\n1,2\n')
    const output = join(folder, 'bad')
    await expect(run({ input: [join(folder, 'bad.csv')], output, keep: [] })).rejects.toThrow('missing are "b"')
    await expect(run({ input: [join(folder, 'bad.csv')], output, keep: ['id'] })).rejects.toThrow('--keep names id')
    await expect(run({ input: [join(folder, 'nothing*.csv')], output })).rejects.toThrow('There is no data at')
    await expect(run({ input: [model.path], output })).rejects.toThrow('There is no data at')
    expect(existsSync(join(output, '_unfinished'))).toBe(false)
  }, 60_000)

  it('goes on after kill -9, also in the middle of writing a part, with no row lost or doubled', async () => {
    const output = join(folder, 'killed')
    const work = join(output, '_unfinished')
    const journal = () =>
      existsSync(join(work, 'journal.jsonl')) ? readFileSync(join(work, 'journal.jsonl'), 'utf8') : ''
    const writing = () =>
      existsSync(join(work, 'parts')) && readdirSync(join(work, 'parts')).some((name) => name.endsWith('.tmp'))
    const staging = () => existsSync(join(work, 'staged'))
    const done: string[] = []
    for (const moment of [staging, writing, () => journal().includes('\n'), writing]) {
      done.push(await killAt(output, moment))
    }
    expect(done).toContain('killed')
    const ended = await killAt(output, () => false)
    expect(ended).toBe('ended 0')
    const parts = readdirSync(output)
      .filter((name) => name.startsWith('part-'))
      .toSorted()
    const texts = parts.map((name) => readFileSync(join(output, name), 'utf8'))
    checkCsv(texts.map((text, at) => (at === 0 ? text : text.slice(text.indexOf('\n') + 1))).join(''))
    expect(existsSync(work)).toBe(false)
  }, 120_000)
})

/** Runs the command line in a process of its own and kills it at a moment. */
async function killAt(output: string, moment: () => boolean): Promise<string> {
  const cli = fileURLToPath(new URL('../cli/main.ts', import.meta.url))
  const flags = ['--model', model.path, '--input', join(folder, 'rows.csv'), '--output', output, '--keep', 'id,name']
  const child = spawn(process.execPath, [cli, 'predict', ...flags, '--batch-rows', '500', '--workers', '1'])
  let ended: string | undefined
  let said = ''
  child.stderr.on('data', (text: Buffer) => void (said += text.toString()))
  const exit = new Promise<void>((resolve) => {
    child.on('exit', (code) => {
      ended ??= `ended ${code}`
      resolve()
    })
  })
  while (ended === undefined) {
    if (moment()) {
      ended = 'killed'
      child.kill('SIGKILL')
    }
    await setTimeout(1)
  }
  await exit
  return ended === 'ended 0' || ended === 'killed' ? ended : `${ended}: ${said}`
}
