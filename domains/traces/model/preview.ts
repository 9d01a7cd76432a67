/** Characters of a preview. */
const longest = 1000

/** The beginning of an input or output: of a chat the last message of `role`, else the value itself as text. */
export function previewOf(value: unknown, role: 'user' | 'assistant'): string | null {
  if (value === undefined || value === null) return null
  const chat = isObject(value) ? lastMessage(messagesOf(value), role) : undefined
  const text =
    chat ?? JSON.stringify(value, (_key, member: unknown) => (typeof member === 'bigint' ? String(member) : member))
  return text.length <= longest ? text : `${text.slice(0, longest - 3)}...`
}

type Fields = Readonly<Record<string, unknown>>

function isObject(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** The messages of a chat request or answer, in the forms that providers use. */
function messagesOf(value: Fields): Fields[] {
  for (const name of ['messages', 'input', 'output']) {
    const list = value[name]
    if (Array.isArray(list)) return list.filter(isMessage)
  }
  const [choice] = Array.isArray(value['choices']) ? (value['choices'] as unknown[]) : []
  if (isObject(choice) && isMessage(choice['message'])) return [choice['message']]
  return isObject(value['request']) ? messagesOf({ ...value['request'], request: undefined }) : []
}

function isMessage(value: unknown): value is Fields {
  return isObject(value) && 'role' in value && 'content' in value
}

function lastMessage(messages: readonly Fields[], role: string): string | undefined {
  const message = messages.findLast((one) => one['role'] === role) ?? messages.at(-1)
  const content = message?.['content']
  if (typeof content === 'string') return content
  if (!Array.isArray(content)) return undefined
  const texts = content.filter(isObject).map((part) => part['text'])
  return texts.find((text) => typeof text === 'string')
}
