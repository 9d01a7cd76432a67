import { createHmac } from 'node:crypto'
import { createServer } from 'node:http'
import type { IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Collaboration } from '@millrace/collaboration'
import { createCollaboration } from '@millrace/collaboration'
import { createDatasets } from '@millrace/datasets'
import { createExperimentTracking } from '@millrace/experiment-tracking'
import { onEachStore, testKernel } from '@millrace/kernel/testing'
import { createModelRegistry } from '@millrace/model-registry'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createMlflowDialect, mlflowWebhookFormat } from '../mlflow.ts'
import { ask } from '../testing/ask-mlflow.ts'
import { webhookActions } from './webhook-format.ts'

async function receiver() {
  const heard: { headers: IncomingHttpHeaders; body: string }[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (part: Buffer) => (body += part.toString()))
    request.on('end', () => {
      heard.push({ headers: request.headers, body })
      response.end('ok')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, heard } // a TCP server's own form
}

onEachStore((openStore) => {
  const reachable = ['--webhook-schemes', 'http', '--webhook-private-addresses', 'true']
  const start = async (settings = reachable) => {
    const made: Collaboration[] = []
    const t = await testKernel({
      database: await openStore(),
      settings,
      domains: (runtime) => {
        const collaboration = createCollaboration(runtime, {
          formats: { mlflow: mlflowWebhookFormat({ workspaces: false }) },
        })
        made.push(collaboration)
        return [
          collaboration,
          createDatasets(runtime),
          createExperimentTracking(runtime),
          createModelRegistry(runtime),
          createMlflowDialect(runtime),
        ]
      },
    })
    const sent = async () => {
      await t.deliver()
      await made[0]?.delivered()
    }
    return { ...t, sent }
  }
  const all = Object.entries(webhookActions).flatMap(([entity, actions]) =>
    actions.map((action) => ({ entity: entity.toUpperCase(), action: action.toUpperCase() })),
  )

  describe('webhooks in MLflow’s words', () => {
    it('refuse an event that MLflow has not, also by our own API', async () => {
      const t = await start()
      const { url } = await receiver()
      const payload = { name: 'w', url, events: ['no.such.event'], format: 'mlflow' }
      const answer = await t.app.inject({ method: 'POST', url: '/api/millrace/v1/w/default/webhooks', payload })
      expect([answer.statusCode, answer.json()]).toMatchObject([400, { code: 'collaboration/unknown-event' }])
    })
    it('hear what happens to models and prompts, signed as MLflow signs', async () => {
      const t = await start()
      const { url, heard } = await receiver()
      const made = await ask(t, 'POST', 'webhooks', { name: 'w', url, events: all, secret: 's' })
      expect(made.body).toMatchObject({ webhook: { name: 'w', url, status: 'ACTIVE', events: all } })
      await ask(t, 'POST', 'registered-models/create', {
        name: 'RM',
        description: 'D',
        tags: [{ key: 'a', value: 'b' }],
      })
      await ask(t, 'POST', 'model-versions/create', { name: 'RM', source: 's3://b/m', run_id: 'r', description: 'E' })
      await ask(t, 'POST', 'model-versions/set-tag', { name: 'RM', version: '1', key: 'k', value: 'v' })
      await ask(t, 'DELETE', 'model-versions/delete-tag', { name: 'RM', version: '1', key: 'k' })
      await ask(t, 'POST', 'registered-models/alias', { name: 'RM', alias: 'al', version: '1' })
      await ask(t, 'DELETE', 'registered-models/alias', { name: 'RM', alias: 'al' })
      await ask(t, 'POST', 'registered-models/set-tag', { name: 'RM', key: 'x', value: 'y' })
      const mark = { key: 'mlflow.prompt.is_prompt', value: 'true' }
      await ask(t, 'POST', 'registered-models/create', { name: 'P', tags: [mark] })
      const text = { key: 'mlflow.prompt.text', value: 'Hi {{n}}' }
      await ask(t, 'POST', 'model-versions/create', { name: 'P', source: 'dummy-source', tags: [mark, text] })
      await ask(t, 'POST', 'registered-models/set-tag', { name: 'P', key: 'x', value: 'y' })
      await t.sent()
      const told = heard.map(({ body }) => JSON.parse(body) as { entity: string; action: string; data: unknown }) // MLflow's form
      const data = Object.fromEntries(told.map((one) => [`${one.entity}.${one.action}`, one.data]))
      expect(data).toEqual({
        'registered_model.created': { name: 'RM', tags: { a: 'b' }, description: 'D' },
        'model_version.created': {
          name: 'RM',
          version: '1',
          source: 's3://b/m',
          run_id: 'r',
          tags: {},
          description: 'E',
        },
        'model_version_tag.set': { name: 'RM', version: '1', key: 'k', value: 'v' },
        'model_version_tag.deleted': { name: 'RM', version: '1', key: 'k' },
        'model_version_alias.created': { name: 'RM', alias: 'al', version: '1' },
        'model_version_alias.deleted': { name: 'RM', alias: 'al' },
        'prompt.created': { name: 'P', tags: {}, description: '' },
        'prompt_version.created': { name: 'P', version: '1', template: 'Hi {{n}}', tags: {}, description: null },
        'prompt_tag.set': { name: 'P', key: 'x', value: 'y' },
      })
      for (const { headers, body } of heard) {
        const signed = `${String(headers['x-mlflow-delivery-id'])}.${String(headers['x-mlflow-timestamp'])}.${body}`
        const expected = createHmac('sha256', 's').update(signed).digest('base64')
        expect(headers['x-mlflow-signature']).toBe(`v1,${expected}`)
      }
    })
    it('are listed newest first, changed, tested and deleted', async () => {
      const t = await start()
      const { url, heard } = await receiver()
      const events = [{ entity: 'MODEL_VERSION', action: 'CREATED' }]
      const ids: string[] = []
      for (const name of ['one', 'two', 'three']) {
        const { body } = await ask(t, 'POST', 'webhooks', { name, url, events, description: name })
        const { webhook } = body as unknown as { webhook: { webhook_id: string } } // MLflow's form
        ids.unshift(webhook.webhook_id)
        t.clock.advance(1)
      }
      const first = await ask(t, 'GET', 'webhooks?max_results=2')
      expect(first.body).toMatchObject({
        webhooks: [{ webhook_id: ids[0], description: 'three' }, { webhook_id: ids[1] }],
      })
      const rest = await ask(t, 'GET', `webhooks?max_results=2&page_token=${String(first.body['next_page_token'])}`)
      expect(rest.body).toEqual({ webhooks: [expect.objectContaining({ webhook_id: ids[2] })] })
      const changed = await ask(t, 'PATCH', `webhooks/${ids[0]}`, { name: 'new', status: 'DISABLED', description: '' })
      expect(changed.body).toMatchObject({ webhook: { name: 'new', status: 'DISABLED', url, events } })
      const event = { entity: 'PROMPT', action: 'CREATED' }
      expect((await ask(t, 'POST', `webhooks/${ids[0]}/test`, { event })).body).toEqual({
        result: { success: true, response_status: 200, response_body: 'ok' },
      })
      expect(JSON.parse(heard[0]?.body ?? '{}')).toMatchObject({ entity: 'prompt', data: { name: 'example_prompt' } })
      expect((await ask(t, 'DELETE', `webhooks/${ids[0]}`, {})).body).toEqual({})
      expect(await ask(t, 'GET', `webhooks/${ids[0]}`)).toMatchObject({
        status: 404,
        body: { error_code: 'RESOURCE_DOES_NOT_EXIST', message: `Webhook with ID ${ids[0]} not found.` },
      })
    })
    const wrong: [object, string][] = [
      [{ name: '-x' }, "Webhook name '-x' is invalid. It must start and end with a letter or digit"],
      [{ url: 'ftp://example.org' }, "Invalid webhook URL scheme: 'ftp'. Allowed schemes are: http."],
      [{ events: [] }, 'Webhook events must be a non-empty list of WebhookEvent objects'],
      [{ events: undefined }, "Missing value for required parameter 'events'."],
      [
        { events: [{ entity: 'MODEL_VERSION', action: 'DELETED' }] },
        "Invalid action 'deleted' for entity 'model_version'. Valid actions are: ['created']",
      ],
      [{ status: 'SLEEPY' }, 'Invalid webhook status'],
    ]
    it('are refused as MLflow refuses them', async () => {
      const t = await start()
      const good = { name: 'w', url: 'http://127.0.0.1:9/', events: [{ entity: 'PROMPT', action: 'CREATED' }] }
      for (const [part, sentence] of wrong) {
        const { status, body } = await ask(t, 'POST', 'webhooks', { ...good, ...part })
        expect([part, status, String(body['message'])]).toEqual([part, 400, expect.stringContaining(sentence)])
      }
    })
    it('reach no private address unless the operator allows it', async () => {
      const t = await start(['--webhook-schemes', 'http'])
      const events = [{ entity: 'PROMPT', action: 'CREATED' }]
      const { body } = await ask(t, 'POST', 'webhooks', { name: 'w', url: 'http://127.0.0.1:9/', events })
      expect(body['message']).toBe(
        "Webhook URL must not resolve to a non-public IP address. '127.0.0.1' resolves to 127.0.0.1.",
      )
    })
  })
})
