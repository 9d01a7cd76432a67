import { ref } from '@millrace/contract'
import type { CallContext, Runtime } from '@millrace/kernel'
import { parseInput } from '@millrace/kernel'
import { findWebhook, readWebhook, saveWebhook } from '../actions/webhooks.ts'
import * as contract from '../contract.ts'
import type { Attempt } from '../model/delivery.ts'
import { createMessenger } from '../jobs/messenger.ts'
import type { WebhookFormat } from '../jobs/webhook-format.ts'
import { storeOf } from '../store/collaboration.ts'

/**
 * Makes a webhook after its address was looked up: where a private one is not allowed, none is taken. `format` is that of
 * `input.format`. Throws `outgoing/…`, `collaboration/unknown-event`.
 */
export async function createWebhook(
  runtime: Runtime,
  context: CallContext,
  input: unknown,
  format: WebhookFormat,
): Promise<contract.Webhook> {
  const { secret, ...spec } = parseInput(contract.createWebhook, input)
  await mayAdminister(runtime, context, ref('workspace', context.workspace))
  format.requireEvents(spec.events)
  const messenger = createMessenger(runtime)
  await messenger.outgoing.check(spec.url)
  const sealedSecret = secret === undefined || secret === '' ? null : messenger.secrets.seal(secret)
  return runtime.runner.act(saveWebhook, { ...spec, sealedSecret }, context)
}

/** Changes what is given of a webhook; another address is looked up first. */
export async function updateWebhook(
  runtime: Runtime,
  context: CallContext,
  input: unknown,
  format: (name: contract.WebhookFormatName) => WebhookFormat,
): Promise<contract.Webhook> {
  const { id, secret, ...changes } = parseInput(contract.updateWebhook, input)
  await mayAdminister(runtime, context, ref('webhook', id))
  const before = await runtime.runner.ask(readWebhook, { id }, context)
  const messenger = createMessenger(runtime)
  if (changes.events !== undefined) format(before.format).requireEvents(changes.events)
  if (changes.url !== undefined && changes.url !== before.url) await messenger.outgoing.check(changes.url)
  const { signed: _signed, createdAtMs: _at, updatedAtMs: _then, createdBy: _by, ...spec } = before
  const given = Object.fromEntries(Object.entries(changes).filter(([, value]) => value !== undefined))
  const sealed = secret === undefined ? {} : { sealedSecret: secret === '' ? null : messenger.secrets.seal(secret) }
  return runtime.runner.act(saveWebhook, { ...spec, ...given, ...sealed }, context)
}

/** Sends an example to a webhook at once. What went wrong is in the answer. */
export async function testWebhook(
  runtime: Runtime,
  context: CallContext,
  input: unknown,
  formatOf: (name: contract.WebhookFormatName) => WebhookFormat,
): Promise<contract.TestResult> {
  const { id, event } = parseInput(contract.testWebhook, input)
  await mayAdminister(runtime, context, ref('webhook', id))
  const { webhook, sealedSecret } = await findWebhook(storeOf(runtime.database.reader, context.workspace), id)
  const format = formatOf(webhook.format)
  if (event !== undefined) format.requireEvents([event])
  const messenger = createMessenger(runtime)
  const body = JSON.stringify(format.example(event ?? webhook.events[0] ?? '', runtime.nowMs()))
  const secret = sealedSecret === null ? undefined : messenger.secrets.open(sealedSecret)
  const attempt = await messenger.postWebhook({ url: webhook.url, format, id: runtime.newId('dlv'), body, secret })
  return { ...testResult(attempt), ...(attempt.status === null ? {} : { body: attempt.body }) }
}

/** What came of an attempt, for whoever asked for a test. */
export function testResult({ delivered, status, error }: Attempt): contract.TestResult {
  return {
    success: delivered,
    ...(status === null ? {} : { status }),
    ...(error === null ? {} : { error }),
  }
}

// Before a name is looked up: who may not make webhooks must not learn what this machine's network knows.
async function mayAdminister(runtime: Runtime, context: CallContext, on: ReturnType<typeof ref>): Promise<void> {
  await runtime.authorize(runtime.runner.readScope(context), contract.saveWebhook.needs.permission, on)
}
