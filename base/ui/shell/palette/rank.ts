/** Entries whose name holds the letters of `query` in order, best first: whole beginnings, then beginnings of words, then tight matches. */
export function rank<Entry>(entries: readonly Entry[], query: string, nameOf: (entry: Entry) => string): Entry[] {
  const wanted = query.toLowerCase().replaceAll(/\s+/g, '')
  if (wanted === '') return [...entries]
  return entries
    .map((entry, at) => ({ entry, at, worth: worthOf(nameOf(entry).toLowerCase(), wanted) }))
    .filter((each) => each.worth > 0)
    .toSorted((a, b) => b.worth - a.worth || a.at - b.at)
    .map((each) => each.entry)
}

function worthOf(name: string, wanted: string): number {
  let from = 0
  let worth = 0
  let previous = -2
  for (const letter of wanted) {
    const found = name.indexOf(letter, from)
    if (found === -1) return 0
    const startsWord = found === 0 || /[\s\-_/.@]/.test(name[found - 1] ?? '')
    worth += found === previous + 1 ? 4 : startsWord ? 3 : 1
    previous = found
    from = found + 1
  }
  return worth + (name.startsWith(wanted) ? 10 : 0) - name.length / 200
}
