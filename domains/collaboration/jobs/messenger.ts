import type { Runtime, Secrets } from '@millrace/kernel'
import { createSecrets } from '@millrace/kernel'
import type { Outgoing } from '@millrace/kernel/outgoing'
import { createOutgoing, outgoingProblem } from '@millrace/kernel/outgoing'
import { Problem } from '@millrace/contract'
import type { Attempt } from '../model/delivery.ts'
import { attemptOf } from '../model/delivery.ts'
import type { ChannelSpec, Message } from '../model/notification.ts'
import { problem } from '../model/problems.ts'
import { sendMail } from './send-mail.ts'
import type { WebhookFormat } from './webhook-format.ts'
import { deliveryHeaders } from './webhook-format.ts'

/** The way out: webhooks, Slack and mail, under the rules of this server's settings. */
export interface Messenger {
  readonly outgoing: Outgoing
  readonly secrets: Secrets
  /** Sends one body to a webhook. Never throws: what went wrong is in the attempt. */
  postWebhook(sent: {
    readonly url: string
    readonly format: Pick<WebhookFormat, 'headerPrefix'>
    readonly id: string
    readonly body: string
    readonly secret: string | undefined
  }): Promise<Attempt & { readonly body: string }>
  /** Tells a channel. Never throws. */
  tellChannel(channel: ChannelSpec, id: string, message: Message, workspace: string): Promise<Attempt>
}

type MessengerRuntime = Pick<Runtime, 'config' | 'secrets' | 'nowMs' | 'baseUrl' | 'dataDir'>

/** Makes the messenger of a server. */
export function createMessenger(runtime: MessengerRuntime): Messenger {
  const { config } = runtime
  const outgoing = createOutgoing({
    schemes: config.webhookSchemes,
    privateAddresses: config.webhookPrivateAddresses,
    timeoutMs: config.webhookTimeoutSeconds * 1000,
  })
  const postWebhook: Messenger['postWebhook'] = async ({ url, format, id, body, secret }) => {
    const headers = deliveryHeaders(format, { id, nowMs: runtime.nowMs(), body, secret })
    return post(outgoing, url, headers, body)
  }
  return {
    outgoing,
    secrets: secretsOf(runtime),
    postWebhook,
    tellChannel: async (channel, id, message, workspace) => {
      const link = message.link === undefined ? undefined : `${runtime.baseUrl()}/w/${workspace}${message.link}`
      if (channel.kind === 'email') return mail(runtime, channel, id, { ...message, link })
      if (channel.kind === 'slack') {
        const text = link === undefined ? escaped(message.text) : `${escaped(message.text)}\n<${link}>`
        const body = JSON.stringify({ text: `*${escaped(message.title)}*\n${text}` })
        return post(outgoing, channel.url, { 'content-type': 'application/json' }, body)
      }
      const body = JSON.stringify({
        title: message.title,
        text: message.text,
        ...(link === undefined ? {} : { link }),
        workspace,
      })
      return postWebhook({ url: channel.url, format: { headerPrefix: 'X-Millrace' }, id, body, secret: channel.secret })
    },
  }
}

/** Slack reads `&`, `<` and `>` as its own. */
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

function secretsOf({ config, secrets, dataDir }: MessengerRuntime): Secrets {
  const { webhookSecretKey } = config
  if (webhookSecretKey === undefined) return secrets
  // A Fernet key is base64 in the alphabet of addresses.
  const key = webhookSecretKey.replaceAll('-', '+').replaceAll('_', '/')
  return createSecrets({ keyFile: `${dataDir}/secrets.key`, givenKeys: [key] })
}

async function post(
  outgoing: Outgoing,
  url: string,
  headers: Record<string, string>,
  body: string,
): Promise<Attempt & { readonly body: string }> {
  try {
    const answer = await outgoing.send({ url, headers, body })
    return { ...attemptOf(answer.status, answer.body, answer.retryAfterSeconds), body: answer.body }
  } catch (error) {
    // A name that does not resolve, or a machine that is down, may be there again later; a forbidden address will not.
    const code = error instanceof Problem ? error.code : ''
    const again = code === outgoingProblem.failed.code || code === outgoingProblem.unresolved.code
    const sentence = error instanceof Error ? error.message : String(error)
    return { delivered: false, again, status: null, error: sentence, body: '' }
  }
}

async function mail(
  { config }: MessengerRuntime,
  channel: Extract<ChannelSpec, { kind: 'email' }>,
  id: string,
  message: Message,
): Promise<Attempt> {
  const { smtpUrl, mailFrom } = config
  if (smtpUrl === undefined || mailFrom === undefined)
    return { delivered: false, again: false, status: null, error: problem['no-mail-server']({}).message }
  return sendMail(
    { smtpUrl, from: mailFrom, timeoutMs: config.webhookTimeoutSeconds * 1000 },
    {
      id,
      to: channel.to,
      subject: `${channel.subjectPrefix}${message.title}`,
      text: `${message.text}${message.link === undefined ? '' : `\n\n${message.link}`}\n`,
    },
  )
}
