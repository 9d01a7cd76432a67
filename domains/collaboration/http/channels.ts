import { ref } from '@millrace/contract'
import type { CallContext, Runtime } from '@millrace/kernel'
import { parseInput } from '@millrace/kernel'
import { findChannel, saveChannel } from '../actions/channels.ts'
import * as contract from '../contract.ts'
import { createMessenger } from '../jobs/messenger.ts'
import { storeOf } from '../store/collaboration.ts'
import { testResult } from './webhooks.ts'

/** Makes or changes a channel after its address was looked up. Throws `outgoing/…`, `collaboration/no-mail-server`. */
export async function putChannel(runtime: Runtime, context: CallContext, input: unknown): Promise<contract.Channel> {
  const { name, spec } = parseInput(contract.putChannel, input)
  await mayWrite(runtime, context)
  const messenger = createMessenger(runtime)
  const { smtpUrl, mailFrom } = runtime.config
  if (spec.kind !== 'email') await messenger.outgoing.check(spec.url)
  else if (smtpUrl === undefined || mailFrom === undefined) throw contract.problem['no-mail-server']({})
  const saved = {
    name,
    kind: spec.kind,
    // A Slack address is a secret as a whole.
    target: spec.kind === 'email' ? spec.to.join(', ') : new URL(spec.url).host,
    signed: spec.kind === 'webhook' && spec.secret !== undefined,
    sealedSpec: messenger.secrets.seal(JSON.stringify(spec)),
  }
  return runtime.runner.act(saveChannel, saved, context)
}

/** Sends an example to a channel at once. What went wrong is in the answer. */
export async function testChannel(
  runtime: Runtime,
  context: CallContext,
  input: unknown,
): Promise<contract.TestResult> {
  const { name } = parseInput(contract.testChannel, input)
  await mayWrite(runtime, context)
  const { sealedSpec } = await findChannel(storeOf(runtime.database.reader, context.workspace), name)
  const messenger = createMessenger(runtime)
  const spec = contract.ChannelSpec.parse(JSON.parse(messenger.secrets.open(sealedSpec)))
  const message = { title: 'Test from Millrace', text: `This is how the channel "${name}" reads.` }
  return testResult(await messenger.tellChannel(spec, runtime.newId('dlv'), message, context.workspace))
}

async function mayWrite(runtime: Runtime, context: CallContext): Promise<void> {
  const { permission } = contract.saveChannel.needs
  await runtime.authorize(runtime.runner.readScope(context), permission, ref('workspace', context.workspace))
}
