import { createHmac } from 'node:crypto'
import { event, ref } from '@millrace/contract'
import type { Domain, Runtime } from '@millrace/kernel'
import { operations } from '@millrace/kernel'
import { endpoint } from '@millrace/contract'
import type { TestKernel } from '@millrace/kernel/testing'
import { onEachStore, testKernel } from '@millrace/kernel/testing'
import { describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { Collaboration, RunFacts } from './domain.ts'
import {
  createCollaboration,
  createWebhook,
  deleteChannel,
  deleteRule,
  deleteWebhook,
  listChannels,
  listDeliveries,
  listRules,
  listWebhooks,
  putChannel,
  putRule,
  readRule,
  testChannel,
  testWebhook,
  updateWebhook,
} from './domain.ts'
import { millraceFormat } from './jobs/webhook-format.ts'
import { storeOf } from './store/collaboration.ts'
import { aMailServer } from './testing/a-mail-server.ts'
import { aReceiver } from './testing/a-receiver.ts'

const rowArrived = event('tests.rows.arrived', z.object({ id: z.string(), rows: z.int() }))
const runFinished = event('experiment-tracking.run.finished', z.object({ id: z.string(), status: z.string() }))

const { action } = operations(() => ({}))
const emit = action(
  endpoint({
    name: 'tests.emit',
    method: 'POST',
    path: '/tests/emit',
    summary: 'Makes something happen',
    needs: { permission: 'tests:write' },
    input: z.object({
      run: z.string().optional(),
      status: z.string().default('finished'),
      id: z.string().default('r1'),
    }),
    output: z.object({}),
  }),
  async ({ input }) => ({
    answer: {},
    events: [
      input.run === undefined
        ? rowArrived({ id: input.id, rows: 3 })
        : runFinished({ id: input.run, status: input.status }),
    ],
    audit: { object: ref('row', input.id) },
  }),
)
const tests: Domain = { name: 'tests', migrations: {}, operations: [emit] }

const aRun = (more: Partial<RunFacts> = {}): RunFacts => ({
  id: 'run1',
  name: 'brave-bear-1',
  experiment: 'flights',
  status: 'running',
  tags: { owner: 'ann' },
  lastAtMs: Date.UTC(2026, 0, 1),
  ...more,
})

const context = { workspace: 'default', actor: { id: 'usr_ann', kind: 'user' as const, name: 'ann' } }
const reachable = ['--webhook-schemes', 'http,https', '--webhook-private-addresses', 'true']

onEachStore((openStore) => {
  const start = async (settings: string[] = reachable, runs: RunFacts[] = []) => {
    const made: Collaboration[] = []
    const t = await testKernel({
      database: await openStore(),
      settings,
      domains: (runtime: Runtime) => {
        const collaboration = createCollaboration(runtime, {
          runs: {
            facts: async (_workspace, id) => runs.find((run) => run.id === id),
            quietSince: async (_workspace, beforeMs) => runs.filter((run) => run.lastAtMs < beforeMs),
          },
        })
        made.push(collaboration)
        return [collaboration, tests]
      },
    })
    const sent = async () => {
      await t.deliver()
      await made[0]?.delivered()
    }
    return { ...t, sent }
  }
  const webhook = (t: TestKernel, input: object) => createWebhook(t.runtime, context, input, millraceFormat)
  const formatOf = () => millraceFormat

  describe('a webhook', () => {
    it('hears of the events it asked for, signed', async () => {
      const t = await start()
      const { url, heard } = await aReceiver()
      const made = await webhook(t, { name: 'ci', url: `${url}/hook`, events: ['tests.rows.*'], secret: 's3cret' })
      expect(made).toMatchObject({ name: 'ci', signed: true, active: true, format: 'millrace' })
      expect(JSON.stringify(made)).not.toContain('s3cret')
      await t.act(emit, {})
      await t.sent()
      expect(heard).toHaveLength(1)
      const [{ headers, body, path } = { headers: {}, body: '', path: '' }] = heard
      expect(path).toBe('/hook')
      expect(JSON.parse(body)).toMatchObject({
        event: 'tests.rows.arrived',
        subject: 'r1',
        workspace: 'default',
        data: { id: 'r1', rows: 3 },
      })
      const [id, seconds] = [headers['x-millrace-delivery-id'], headers['x-millrace-timestamp']]
      const expected = createHmac('sha256', 's3cret')
        .update(`${String(id)}.${String(seconds)}.${body}`)
        .digest('base64')
      expect(headers['x-millrace-signature']).toBe(`v1,${expected}`)
      expect((await t.ask(listDeliveries, { webhook: made.id })).items).toMatchObject([
        { id, state: 'delivered', attempts: 1, status: 200, event: 'tests.rows.arrived' },
      ])
    })
    it('is told nothing of other events, of other workspaces, or while it is not active', async () => {
      const t = await start()
      const { url, heard } = await aReceiver()
      const made = await webhook(t, { name: 'ci', url, events: ['experiment-tracking.run.finished'] })
      await t.act(emit, {})
      await t.act(emit, { run: 'run1' }, { workspace: 'other' })
      await updateWebhook(t.runtime, context, { id: made.id, active: false }, formatOf)
      await t.act(emit, { run: 'run1' })
      await t.sent()
      expect(heard).toEqual([])
    })
    it('is tried again, ever later, until it answers; the delivery keeps its id', async () => {
      const t = await start()
      const { url, heard } = await aReceiver([503, 500])
      const made = await webhook(t, { name: 'ci', url, events: ['tests.rows.arrived'] })
      await t.act(emit, {})
      await t.sent()
      expect((await t.ask(listDeliveries, { webhook: made.id })).items).toMatchObject([
        { state: 'pending', attempts: 1, status: 503, error: 'It answered 503: heard' },
      ])
      await t.sent()
      expect(heard).toHaveLength(1)
      t.clock.advance(2000)
      await t.sent()
      t.clock.advance(4000)
      await t.sent()
      expect(heard).toHaveLength(3)
      expect(new Set(heard.map(({ headers }) => headers['x-millrace-delivery-id'])).size).toBe(1)
      expect((await t.ask(listDeliveries, { state: 'delivered' })).items).toMatchObject([{ attempts: 3 }])
    })
    it('is given up after so many attempts, and at once where it says no', async () => {
      const t = await start([...reachable, '--webhook-retries', '1'])
      const { url, heard } = await aReceiver([500, 500, 404])
      await webhook(t, { name: 'ci', url, events: ['tests.rows.arrived'] })
      await t.act(emit, {})
      await t.sent()
      t.clock.advance(10_000)
      await t.sent()
      await t.act(emit, {})
      await t.sent()
      expect(heard).toHaveLength(3)
      expect((await t.ask(listDeliveries, { state: 'failed' })).items.map(({ status }) => status)).toEqual([404, 500])
    })
    it('gets what a crash left half sent', async () => {
      const t = await start()
      const { url, heard } = await aReceiver()
      const made = await webhook(t, { name: 'ci', url, events: ['tests.rows.arrived'] })
      const event = {
        position: 1,
        id: 'evt_1',
        workspace: 'default',
        name: 'tests.rows.arrived',
        subject: 'r',
        atMs: 1,
      }
      const body = millraceFormat.render({ ...event, payload: {} }, ['tests.rows.*'])[0]?.body
      const delivery = {
        id: 'dlv_1',
        target: { kind: 'webhook' as const, id: made.id },
        eventKey: 'evt_1',
        event: event.name,
        body: JSON.stringify(body),
        atMs: t.clock.nowMs,
      }
      await t.runtime.database.write(async (tx) => {
        await storeOf(tx, 'default').deliveries.add([delivery])
        await storeOf(tx, 'default').deliveries.add([{ ...delivery, id: 'dlv_2' }])
      })
      await t.sent()
      expect(heard).toHaveLength(1)
    })
    it('says at once what came of a test', async () => {
      const t = await start()
      const { url, heard } = await aReceiver([200, 410])
      const { id } = await webhook(t, { name: 'ci', url, events: ['tests.rows.arrived'], secret: 'x' })
      expect(await testWebhook(t.runtime, context, { id }, formatOf)).toEqual({
        success: true,
        status: 200,
        body: 'heard',
      })
      expect(await testWebhook(t.runtime, context, { id }, formatOf)).toMatchObject({ success: false, status: 410 })
      expect(heard[0]?.headers['x-millrace-signature']).toMatch(/^v1,/)
    })
    it('changes, keeps its secret unless another is given, and goes with its deliveries', async () => {
      const t = await start()
      const { url, heard } = await aReceiver()
      const { id } = await webhook(t, { name: 'ci', url, events: ['tests.rows.arrived'], secret: 'x' })
      const changed = await updateWebhook(t.runtime, context, { id, name: 'cd', description: 'new' }, formatOf)
      expect(changed).toMatchObject({ name: 'cd', description: 'new', signed: true, events: ['tests.rows.arrived'] })
      expect(await updateWebhook(t.runtime, context, { id, secret: '' }, formatOf)).toMatchObject({ signed: false })
      expect((await t.ask(listWebhooks, { limit: 1 })).items).toMatchObject([{ id }])
      await t.act(emit, {})
      await t.act(deleteWebhook, { id })
      await t.sent()
      expect(heard).toEqual([])
      await expect(t.act(deleteWebhook, { id })).rejects.toMatchObject({ status: 404 })
      const row = await t.app.inject(`/api/millrace/v1/w/default/webhooks/${id}`)
      expect(row.statusCode).toBe(404)
    })
    it('keeps its secret sealed in the store', async () => {
      const t = await start()
      const { url } = await aReceiver()
      const { id } = await webhook(t, { name: 'ci', url, events: ['tests.rows.arrived'], secret: 's3cret' })
      const stored = await storeOf(t.runtime.database.reader, 'default').webhooks.find(id)
      expect(stored?.sealedSecret).toMatch(/^sealed:/)
      expect(t.runtime.secrets.open(stored?.sealedSecret ?? '')).toBe('s3cret')
    })
    it('takes a key of Fernet’s form for the secrets of webhooks', async () => {
      const key = Buffer.from('0123456789abcdef0123456789abcdef').toString('base64url')
      const t = await start([...reachable, '--webhook-secret-key', `${key}=`])
      const { url, heard } = await aReceiver()
      const { id } = await webhook(t, { name: 'ci', url, events: ['tests.rows.arrived'], secret: 's3cret' })
      await testWebhook(t.runtime, context, { id }, formatOf)
      expect(heard[0]?.headers['x-millrace-signature']).toMatch(/^v1,/)
    })
    const unreachable = [
      ['http://127.0.0.1/', 'outgoing/scheme-refused'],
      ['https://127.0.0.1/', 'outgoing/private-address'],
      ['https://169.254.169.254/', 'outgoing/private-address'],
      ['no address', 'outgoing/bad-address'],
    ] as const
    it('at a private address, or over plain HTTP, is refused unless the operator allows it', async () => {
      const t = await start([])
      for (const [url, code] of unreachable) {
        await expect(webhook(t, { name: 'x', url, events: ['tests.rows.arrived'] })).rejects.toMatchObject({ code })
      }
    })
    const wrongs: [object, string][] = [
      [{ name: '-x' }, 'kernel/invalid-input'],
      [{ name: 'x'.repeat(64) }, 'kernel/invalid-input'],
      [{ events: [] }, 'kernel/invalid-input'],
      [{ events: ['no.such.event'] }, 'collaboration/unknown-event'],
      [{ events: ['nothing.*'] }, 'collaboration/unknown-event'],
    ]
    it('with a name or an event that cannot be is refused', async () => {
      const t = await start()
      const good = { name: 'x', url: 'http://127.0.0.1:9/', events: ['tests.rows.arrived'] }
      for (const [wrong, code] of wrongs)
        await expect(webhook(t, { ...good, ...wrong })).rejects.toMatchObject({ code })
    })
    it('is made over HTTP', async () => {
      const t = await start()
      const { url } = await aReceiver()
      const payload = { name: 'ci', url, events: ['tests.rows.arrived'] }
      const answer = await t.app.inject({ method: 'POST', url: '/api/millrace/v1/w/default/webhooks', payload })
      expect([answer.statusCode, answer.json<{ name: string }>().name]).toEqual([201, 'ci'])
      const { id } = answer.json<{ id: string }>()
      const tested = await t.app.inject({
        method: 'POST',
        url: `/api/millrace/v1/w/default/webhooks/${id}/test`,
        payload: {},
      })
      expect(tested.json()).toMatchObject({ success: true })
    })
  })

  describe('a notification', () => {
    const mailSettings = (url: string) => [...reachable, '--smtp-url', url, '--mail-from', 'Millrace <ml@example.org>']

    it('comes by mail when a run ends', async () => {
      const { url, mails } = await aMailServer()
      const t = await start(mailSettings(url), [aRun()])
      await putChannel(t.runtime, context, {
        name: 'me',
        spec: { kind: 'email', to: ['ann@example.org', 'ben@example.org'], subjectPrefix: '[ml] ' },
      })
      await t.act(putRule, { name: 'mine', on: ['run.finished', 'run.failed'], channels: ['me'] })
      await t.act(emit, { run: 'run1', status: 'finished' })
      await t.sent()
      expect(mails).toHaveLength(1)
      expect(mails[0]?.to).toEqual(['ann@example.org', 'ben@example.org'])
      expect(mails[0]?.text).toMatch(/^Subject: .*5Bml=5D_Run_.*brave-bear-1/m)
      expect(mails[0]?.text).toContain('Run "brave-bear-1" finished.')
      expect(mails[0]?.text).toContain('Experiment: flights')
      t.clock.advance(1)
      await t.act(emit, { run: 'run1', status: 'killed' })
      await t.sent()
      expect(mails[1]?.text).toContain('was killed')
      expect((await t.ask(listDeliveries, { channel: 'me' })).items).toMatchObject([
        { event: 'run.failed', state: 'delivered' },
        { event: 'run.finished', state: 'delivered', status: 250 },
      ])
    })
    it('to somebody whom the mail server does not know fails for good, and waits for a server that is away', async () => {
      const { url } = await aMailServer()
      const t = await start(mailSettings(url), [aRun()])
      await putChannel(t.runtime, context, { name: 'me', spec: { kind: 'email', to: ['nobody@example.org'] } })
      expect(await testChannel(t.runtime, context, { name: 'me' })).toMatchObject({ success: false, status: 550 })
      const away = await start(mailSettings('smtp://127.0.0.1:1'), [aRun()])
      await putChannel(away.runtime, context, { name: 'me', spec: { kind: 'email', to: ['ann@example.org'] } })
      await away.act(putRule, { name: 'mine', on: ['run.finished'], channels: ['me'] })
      await away.act(emit, { run: 'run1' })
      await away.sent()
      expect((await away.ask(listDeliveries, {})).items).toMatchObject([{ state: 'pending', attempts: 1 }])
    })
    it('needs a mail server', async () => {
      const t = await start()
      const spec = { kind: 'email', to: ['ann@example.org'] }
      await expect(putChannel(t.runtime, context, { name: 'me', spec })).rejects.toThrow('--smtp-url')
    })
    it('goes to Slack and to webhooks, with what people may write kept from being read as markup', async () => {
      const { url, heard } = await aReceiver()
      const t = await start(reachable, [aRun({ name: '<!channel> & more' })])
      await putChannel(t.runtime, context, { name: 'team', spec: { kind: 'slack', url: `${url}/services/T0/B0/x` } })
      await putChannel(t.runtime, context, { name: 'pager', spec: { kind: 'webhook', url: `${url}/p`, secret: 'k' } })
      await t.act(putRule, { name: 'all', on: ['run.finished'], channels: ['team', 'pager'] })
      await t.act(emit, { run: 'run1' })
      await t.sent()
      const slack = JSON.parse(heard.find(({ path }) => path.startsWith('/services'))?.body ?? '{}') as { text: string } // Slack's form
      expect(slack.text).toContain('&lt;!channel&gt; &amp; more')
      const pager = heard.find(({ path }) => path === '/p')
      expect(JSON.parse(pager?.body ?? '{}')).toMatchObject({
        title: 'Run "<!channel> & more" finished',
        workspace: 'default',
      })
      expect(pager?.headers['x-millrace-signature']).toMatch(/^v1,/)
      const shown = (await t.ask(listChannels, {})).items
      expect(shown).toMatchObject([
        { name: 'pager', signed: true },
        { name: 'team', kind: 'slack' },
      ])
      expect(JSON.stringify(shown)).not.toContain('services')
    })
    it('comes only for the runs that the rule lets through, and once where two rules say the same', async () => {
      const { url, heard } = await aReceiver()
      const t = await start(reachable, [aRun(), aRun({ id: 'run2', experiment: 'other', tags: {} })])
      await putChannel(t.runtime, context, { name: 'c', spec: { kind: 'webhook', url } })
      const rule = { on: ['run.finished'], channels: ['c'] }
      await t.act(putRule, { ...rule, name: 'by-tag', filter: { tags: { owner: 'ann' } } })
      await t.act(putRule, { ...rule, name: 'by-experiment', filter: { experiment: 'flights', tags: {} } })
      await t.act(emit, { run: 'run2' })
      await t.act(emit, { run: 'run1' })
      await t.sent()
      expect(heard).toHaveLength(1)
      expect(heard[0]?.body).toContain('run1')
    })
    it('comes once when a run has logged nothing for long, and again after it woke and stalled again', async () => {
      const { url, heard } = await aReceiver()
      const run = { ...aRun() }
      const t = await start(reachable, [run])
      await putChannel(t.runtime, context, { name: 'c', spec: { kind: 'webhook', url } })
      await t.act(putRule, { name: 'stuck', on: ['run.stalled'], channels: ['c'], stalledAfterMinutes: 10 })
      const look = async (minutes: number) => {
        t.clock.advance(minutes * 60_000)
        await t.kernel.chores.runNow('collaboration.stalled-runs')
        await t.sent()
      }
      await look(5)
      expect(heard).toHaveLength(0)
      await look(10)
      await look(1)
      expect(heard).toHaveLength(1)
      expect(heard[0]?.body).toContain('has logged nothing for 10 minutes')
      run.lastAtMs = t.clock.nowMs
      await look(11)
      expect(heard).toHaveLength(2)
    })
    it('tells of any event, and its rule is checked, listed and deleted', async () => {
      const { url, heard } = await aReceiver()
      const t = await start()
      await putChannel(t.runtime, context, { name: 'c', spec: { kind: 'webhook', url } })
      const rule = { name: 'rows', on: ['tests.rows.*'], channels: ['c'] }
      await t.act(putRule, rule)
      await t.act(emit, {})
      await t.sent()
      expect(heard[0]?.body).toContain('tests.rows.arrived: r1')
      await t.act(putRule, rule)
      expect(t.auditTrail.filter(({ action: name }) => name === 'collaboration.put-rule')).toHaveLength(1)
      await expect(t.act(putRule, { ...rule, on: ['run.vanished'] })).rejects.toThrow(
        'There is no event "run.vanished"',
      )
      await expect(t.act(putRule, { ...rule, channels: ['none'] })).rejects.toMatchObject({ status: 404 })
      await expect(t.act(deleteChannel, { name: 'c' })).rejects.toThrow('The rule "rows" sends to "c"')
      expect((await t.ask(listRules, {})).items).toMatchObject([{ name: 'rows' }])
      await t.act(deleteRule, { name: 'rows' })
      await t.act(deleteChannel, { name: 'c' })
      await expect(t.ask(readRule, { name: 'rows' })).rejects.toMatchObject({ status: 404 })
    })
    it('is forgotten a month after it ended', async () => {
      const { url } = await aReceiver()
      const t = await start()
      await putChannel(t.runtime, context, { name: 'c', spec: { kind: 'webhook', url } })
      await t.act(putRule, { name: 'rows', on: ['tests.rows.arrived'], channels: ['c'] })
      await t.act(emit, {})
      await t.sent()
      expect((await t.ask(listDeliveries, {})).items).toHaveLength(1)
      t.clock.advance(31 * 24 * 3_600_000)
      await t.kernel.chores.runNow('collaboration.forget-deliveries')
      expect((await t.ask(listDeliveries, {})).items).toEqual([])
    })
  })
})
