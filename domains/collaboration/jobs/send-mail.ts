import type { Attempt } from '../model/delivery.ts'

export interface MailServer {
  readonly smtpUrl: string
  readonly from: string
  readonly timeoutMs: number
}

export interface Mail {
  /** Becomes the Message-ID, so that a mail that was sent twice is seen to be the same. */
  readonly id: string
  readonly to: readonly string[]
  readonly subject: string
  readonly text: string
}

/** Sends one mail. Never throws: a refusal for good (5xx) is not tried again, anything else may be. */
export async function sendMail({ smtpUrl, from, timeoutMs }: MailServer, mail: Mail): Promise<Attempt> {
  // Loaded with the first mail: most servers send none.
  const { createTransport } = await import('nodemailer')
  const transport = createTransport({
    url: smtpUrl,
    connectionTimeout: timeoutMs,
    greetingTimeout: timeoutMs,
    socketTimeout: timeoutMs,
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  try {
    const sent = await transport.sendMail({
      from,
      to: [...mail.to],
      subject: mail.subject.replaceAll(/[\r\n]+/g, ' ').slice(0, 300),
      text: mail.text,
      messageId: `<${mail.id}@millrace>`,
    })
    const status = Number(/^\d{3}/.exec(sent.response)?.[0] ?? 250)
    return { delivered: true, again: false, status, error: null }
  } catch (error) {
    const status = codeOf(error)
    const sentence = error instanceof Error ? error.message : String(error)
    return { delivered: false, again: status === null || status < 500, status, error: `The mail server: ${sentence}` }
  } finally {
    transport.close()
  }
}

function codeOf(error: unknown): number | null {
  const hasCode = typeof error === 'object' && error !== null && 'responseCode' in error
  return hasCode && typeof error.responseCode === 'number' ? error.responseCode : null
}
