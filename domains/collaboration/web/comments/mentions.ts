/** An account by the name that a text calls it. */
export interface Account {
  id: string
  name: string
}

/** The ids of the accounts that a text names as `@name`; the longest name counts where one begins another. */
export function mentionsIn(text: string, accounts: readonly Account[]): string[] {
  const longestFirst = accounts.toSorted((a, b) => b.name.length - a.name.length)
  const found = new Set<string>()
  for (let at = text.indexOf('@'); at !== -1; at = text.indexOf('@', at + 1)) {
    const rest = text.slice(at + 1).toLowerCase()
    const named = longestFirst.find(({ name }) => rest.startsWith(name.toLowerCase()))
    if (named !== undefined) found.add(named.id)
  }
  return [...found]
}

/** What is being typed after the last `@` before the cursor; null when no name is being typed. */
export function typedMention(text: string, cursor: number): { from: number; typed: string } | null {
  const before = text.slice(0, cursor)
  const from = before.lastIndexOf('@')
  if (from === -1 || (from > 0 && /\S/.test(before[from - 1] ?? ''))) return null
  const typed = before.slice(from + 1)
  return typed.length > 40 || typed.includes('\n') ? null : { from, typed }
}
